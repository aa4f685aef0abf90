import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { inHundredths } from '../hundredths.js';
import { lineWriter, type Logger } from '../logger.js';
import type { Metrics } from './metrics.js';

const MAX_PATH_CHARACTERS = 200;
/** What probes ask every few seconds would hide everything else. */
const QUIET = new Set(['/healthz', '/readyz', '/metrics']);
/** Nothing in it is written in another way in JSON. */
const PLAIN = /^[\w./-]*$/;

declare module 'fastify' {
  interface FastifyRequest {
    /** The address it came from: behind trusted proxies, the one they tell of. Null: its connection is gone already. */
    clientIp: string | null;
    /** What is stated of its route; Fastify puts it together anew whenever it is asked. */
    route: FastifyRequest['routeOptions'];
  }
}

interface Options {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clientIp: (message: IncomingMessage) => string | null;
}

/** One line and one measurement for each request, also for those whose client left. No query, header or body is in it. */
export function logRequests(app: FastifyInstance, { logger, metrics, clientIp }: Options): void {
  const writeLine = lineWriter(logger);
  app.decorateRequest('clientIp', null);
  app.decorateRequest('route');
  app.addHook('onRequest', (request, reply, done) => {
    const startedAt = performance.now();
    // Now: of a request whose connection is gone it cannot be told any more.
    request.clientIp = clientIp(request.raw);
    request.route = request.routeOptions;
    const route = request.route.url ?? 'none';
    // 'close' comes after a full answer as well as after a client that left; 'finish' after the first only.
    reply.raw.on('close', () => {
      const ms = performance.now() - startedAt;
      const { statusCode, writableFinished } = reply.raw;
      const status = writableFinished ? String(statusCode) : 'aborted';
      metrics.requests.observe([request.method, route, status], ms / 1_000);
      writeLine(QUIET.has(route) ? 'debug' : 'info', fieldsOf(request, reply, ms), 'request');
    });
    done();
  });
}

/** As JSON without its braces. What may hold anything is written by JSON.stringify; nothing in here can be a secret. */
function fieldsOf({ id, method, url, clientIp }: FastifyRequest, { raw }: FastifyReply, ms: number): string {
  // A request line may hold a whole URL (RFC 9112, section 3.2.2), with a password in it.
  const target = url.startsWith('/') ? url : url.replace(/^[^/?]*(?:\/\/[^/?]*)?/, '');
  const query = target.indexOf('?');
  const path = target.slice(0, Math.min(query === -1 ? target.length : query, MAX_PATH_CHARACTERS));
  const quoted = PLAIN.test(path) ? `"${path}"` : JSON.stringify(path);
  const aborted = raw.writableFinished ? '' : ',"aborted":true';
  return (
    `"requestId":"${id}","method":"${method}","path":${quoted},"status":${String(raw.statusCode)},` +
    `"ms":${inHundredths(ms)},"ip":${clientIp === null ? 'null' : `"${clientIp}"`}${aborted}`
  );
}
