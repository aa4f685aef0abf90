import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import ipaddr from 'ipaddr.js';
import type { Arrival } from '../auth/exchange.js';
import { unavailable } from '../errors.js';
import type { Metrics } from './metrics.js';

const READY_WITHIN_MS = 2_000;

export interface OperationsOptions {
  readonly metrics: Metrics;
  /** Throws when requests cannot be served because the database does not answer. */
  readonly checkReady: () => Promise<void>;
  /** Whether the settings say how browsers reach us: then there may be a proxy on this machine. */
  readonly hasPublicUrl: boolean;
}

/** `/healthz` says that the process answers, `/readyz` that its database does, too. `/metrics` is for Prometheus. */
export function serveOperations(app: FastifyInstance, options: OperationsOptions): void {
  app.get('/healthz', { config: { access: { needs: 'ANYBODY' }, isForAnyHost: true } }, () => ({ status: 'alive' }));
  app.get('/readyz', { config: { access: { needs: 'ANYBODY' }, isForAnyHost: true } }, async () => {
    await within(READY_WITHIN_MS, options.checkReady());
    return { status: 'ready' };
  });
  // Behind a proxy every request seems to come from this machine, so only installations without one trust that.
  const isOpenTo = ({ raw }: Arrival) => !options.hasPublicUrl && isLoopback(raw);
  app.get('/metrics', { config: { access: { needs: 'STATUS_READ' }, isOpenTo } }, async (_request, reply) => {
    const text = await options.metrics.registry.metrics();
    return reply.type(options.metrics.registry.contentType).send(text);
  });
}

async function within(ms: number, work: Promise<void>): Promise<void> {
  const late = new AbortController();
  const tooLate = delay(ms, undefined, { signal: late.signal, ref: false }).then(() => {
    throw unavailable('The database does not answer.');
  });
  try {
    await Promise.race([work, tooLate]);
  } finally {
    late.abort();
    tooLate.catch(() => undefined);
  }
}

function isLoopback({ headers, socket }: IncomingMessage): boolean {
  const peer = socket.remoteAddress;
  const isForwarded = headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined;
  return peer !== undefined && !isForwarded && ipaddr.process(peer).range() === 'loopback';
}
