import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../logger.js';
import type { Metrics } from './metrics.js';

const MAX_PATH_CHARACTERS = 200;
/** What probes ask every few seconds would hide everything else. */
const QUIET = new Set(['/healthz', '/readyz', '/metrics']);

/** One line and one measurement for each request, also for those whose client left. No query, header or body is in it. */
export function logRequests(app: FastifyInstance, logger: Logger, metrics: Metrics): void {
  // Nothing of the few fields below can be a secret, and looking for one costs more than the rest of the line.
  const lines = logger.child({}, { redact: [] });
  app.addHook('onRequest', (request, reply, done) => {
    const startedAt = process.hrtime.bigint();
    // Now: of a request whose connection is gone it cannot be told any more.
    const { ip } = request;
    // 'close' comes after a full answer as well as after a client that left; 'finish' after the first only.
    reply.raw.once('close', () => {
      const seconds = Number(process.hrtime.bigint() - startedAt) / 1e9;
      record(request, reply, { seconds, ip }, lines, metrics);
    });
    done();
  });
}

function record(
  request: FastifyRequest,
  reply: FastifyReply,
  { seconds, ip }: { readonly seconds: number; readonly ip: string },
  logger: Logger,
  metrics: Metrics,
): void {
  const route = request.routeOptions.url ?? 'none';
  const aborted = !reply.raw.writableFinished;
  metrics.requests.observe([request.method, route, aborted ? 'aborted' : String(reply.statusCode)], seconds);
  logger[QUIET.has(route) ? 'debug' : 'info'](
    {
      requestId: request.id,
      method: request.method,
      path: request.url.split('?', 1)[0]?.slice(0, MAX_PATH_CHARACTERS),
      status: reply.statusCode,
      ms: Math.round(seconds * 1e5) / 100,
      ip,
      ...(aborted ? { aborted } : {}),
    },
    'request',
  );
}
