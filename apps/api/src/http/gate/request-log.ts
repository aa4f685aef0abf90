import type { ServerResponse } from 'node:http';
import type { Arrival } from '../../auth/exchange.js';
import { lineWriter, type Logger } from '../../log/logger.js';
import { formatMs } from '../../metrics/milliseconds.js';
import type { Metrics } from '../metrics.js';

const MAX_PATH_CHARACTERS = 200;
/** What probes ask every few seconds would hide everything else. */
const QUIET = new Set(['/healthz', '/readyz', '/metrics']);
/** Nothing in it is written in another way in JSON. */
const PLAIN = /^[\w./-]*$/;

interface Options {
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * One line and one measurement for each request, also where the client left. The line holds no query, header or body.
 * Gives the function to call when a request begins; `route`: its path with names in place of parameters.
 */
export function createRequestLog({ logger, metrics }: Options) {
  const writeLine = lineWriter(logger);
  return (request: Arrival, route: string, answer: ServerResponse): void => {
    const startedAt = performance.now();
    const { method = '' } = request.raw;
    // 'close' comes after a full answer as well as after a client that left; 'finish' after the first only.
    answer.on('close', () => {
      const ms = performance.now() - startedAt;
      const { statusCode, writableFinished } = answer;
      const status = writableFinished ? String(statusCode) : 'aborted';
      metrics.requests.observe([method, route, status], ms / 1_000);
      writeLine(QUIET.has(route) ? 'debug' : 'info', fieldsOf(request, answer, ms), 'request');
    });
  };
}

/**
 * JSON without its braces. Text of the caller that may hold any character is written by JSON.stringify. No secret is in
 * it.
 */
function fieldsOf({ id, clientIp, raw }: Arrival, answer: ServerResponse, ms: number): string {
  const { method = '', url = '' } = raw;
  // A request line may hold a whole URL (RFC 9112, section 3.2.2), with a password in it.
  const target = url.startsWith('/') ? url : url.replace(/^[^/?]*(?:\/\/[^/?]*)?/, '');
  const query = target.indexOf('?');
  const path = target.slice(0, Math.min(query === -1 ? target.length : query, MAX_PATH_CHARACTERS));
  const quoted = PLAIN.test(path) ? `"${path}"` : JSON.stringify(path);
  const aborted = answer.writableFinished ? '' : ',"aborted":true';
  return (
    `"requestId":"${id}","method":"${method}","path":${quoted},"status":${String(answer.statusCode)},` +
    `"ms":${formatMs(ms)},"ip":${clientIp === null ? 'null' : `"${clientIp}"`}${aborted}`
  );
}
