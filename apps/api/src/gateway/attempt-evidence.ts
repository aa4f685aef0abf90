import type { IncomingHttpHeaders } from 'node:http';
import { OutboundError, retryAfterMs, unreadableAnswer, type Problem, type ProblemCode } from '@intrallm/providers';
import type { Connection } from '../connections/connection.entity.js';
import { AppError } from '../errors.js';
import type { AttemptResult } from './attempt.js';
import type { EndpointLoad } from './endpoint-load.js';
import { firstOf } from './forwarded-headers.js';
import type { TrafficEvidence, TrafficObserver } from './traffic-observer.js';

/** Who is told. */
interface Learners {
  readonly load: EndpointLoad;
  readonly observer: TrafficObserver;
}

/** Tells load and monitor what an attempt showed of an endpoint, as the table of docs/gateway.md has it. */
export function learn(
  connection: Connection,
  result: AttemptResult,
  isStream: boolean,
  { load, observer }: Learners,
): void {
  if (result.kind === 'passed' && result.status < 300) {
    load.answered(connection.id);
    observer.observe(connection.id, { kind: 'ANSWERED', endpointRevision: connection.endpointRevision });
    return;
  }
  const observe = (evidence: TrafficEvidence): void => {
    observer.observe(connection.id, { ...evidence, endpointRevision: connection.endpointRevision });
  };
  if (result.kind === 'left') return;
  if (result.kind === 'failed') {
    // A form that its caller broke off, or that is wrong.
    if (result.error instanceof AppError) return;
    // A long first token is no sign of ill health; that it may be waited for elsewhere is another matter.
    if (isTimeout(result.error)) {
      if (isStream) load.failed(connection.id);
      return;
    }
    load.failed(connection.id);
    observe({ kind: 'FAILED', problem: problemOf(result.error) });
    return;
  }
  const { status } = result;
  if (status === 429 || status === 503) {
    load.asksForPause(connection.id, result.kind === 'declined' ? pauseOf(result.answer.headers) : null);
    // 503 is also what a server says while it loads or is busy: the next check tells which.
    return;
  }
  const problem = (code: ProblemCode): Problem => ({
    code,
    message: `The endpoint answered ${String(status)} to a request of a caller.`,
    hint: null,
    httpStatus: status,
  });
  if (status === 502 || status === 504) load.failed(connection.id);
  else load.answered(connection.id);
  if (status === 401) observe({ kind: 'REFUSED', problem: problem('UNAUTHORIZED') });
  else if (status === 403) observe({ kind: 'REFUSED', problem: problem('FORBIDDEN') });
  else if (status >= 500 && status !== 501) {
    observe({ kind: 'FAILED', problem: problem('UPSTREAM_ERROR') });
  }
}

/** How long an endpoint asks to be left alone, in milliseconds; null where it does not say. */
function pauseOf(headers: IncomingHttpHeaders): number | null {
  const after = firstOf(headers['retry-after']);
  const afterMs = firstOf(headers['retry-after-ms']);
  return retryAfterMs({
    ...(after === undefined ? {} : { 'retry-after': after }),
    ...(afterMs === undefined ? {} : { 'retry-after-ms': afterMs }),
  });
}

export const isTimeout = (error: Error): boolean => (error as { code?: unknown }).code === 'UND_ERR_HEADERS_TIMEOUT';

/** For those who may see connections. */
export function whyOf(error: Error): string {
  if (error instanceof OutboundError) return error.problem.message;
  const unreadable = unreadableAnswer(error);
  if (unreadable !== null) return unreadable.message;
  return isTimeout(error) ? 'it did not begin to answer in time' : 'it closed the connection without an answer';
}

function problemOf(error: Error): Problem {
  if (error instanceof OutboundError) return error.problem;
  const unreadable = unreadableAnswer(error);
  if (unreadable !== null) return unreadable;
  const message = 'The endpoint closed the connection without an answer.';
  return { code: 'CONNECTION_RESET', message, hint: null, httpStatus: null };
}
