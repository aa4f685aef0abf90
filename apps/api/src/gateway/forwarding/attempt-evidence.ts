import type { IncomingHttpHeaders } from 'node:http';
import { OutboundError, retryAfterMs, unreadableAnswer, type Problem, type ProblemCode } from '@intrallm/providers';
import type { Actor } from '../../auth/actor.js';
import { AppError } from '../../errors.js';
import type { MemoryUse, TrafficObserver } from '../accounting/traffic-observer.js';
import type { EndpointLoad } from '../routing/endpoint-load.js';
import type { Candidate } from '../routing/routing-table.js';
import type { AttemptResult } from './attempt-result.js';
import { isPauseRequest, isProxyFailure } from './endpoint-status.js';
import { firstValue } from './forwarded-headers.js';

/** Those that learn from each attempt. */
interface Listeners {
  readonly load: EndpointLoad;
  readonly observer: TrafficObserver;
}

/** A request to one endpoint. */
interface Attempted {
  readonly candidate: Candidate;
  readonly actor: Actor;
  /** What it did to the memory of an Ollama instance; null: nothing. */
  readonly memory: MemoryUse | null;
}

/**
 * Tells load and monitor what an attempt showed of an endpoint, as the table of docs/gateway.md has it. What the
 * endpoint answered is held against the model that was asked for; only that no answer came is held against the
 * endpoint.
 */
export function reportAttempt(attempted: Attempted, result: AttemptResult, { load, observer }: Listeners): void {
  const { connection, upstreamId: model } = attempted.candidate;
  const { id, endpointRevision } = connection;
  if (result.kind === 'left') return;
  if (result.kind === 'failed') {
    // A form that its caller broke off, or that is wrong.
    if (result.error instanceof AppError) return;
    // A long first token is no sign of ill health; that it may be waited for elsewhere is another matter.
    if (isTimeout(result.error)) {
      load.failed(id, model);
      return;
    }
    load.failed(id);
    observer.observe(id, { kind: 'FAILED', problem: problemOf(result.error), endpointRevision });
    return;
  }
  const { status } = result;
  if (isPauseRequest(status)) {
    load.asksForPause(id, result.kind === 'declined' ? pauseOf(result.answer.headers) : null, model);
    // 503 is also what a server says while it loads or is busy: the next check tells which.
    return;
  }
  if (isProxyFailure(status)) load.failed(id, model);
  else load.answered(id, model);
  const evidence = evidenceOf(result, attempted);
  if (evidence !== null) observer.observe(id, evidence);
}

type Told = Parameters<TrafficObserver['observe']>[1];

/** Null: what the endpoint answered says nothing of whether it is well. */
function evidenceOf(
  result: AttemptResult & { readonly kind: 'passed' | 'declined' },
  { candidate, actor, memory }: Attempted,
): Told | null {
  const { status } = result;
  const { endpointRevision } = candidate.connection;
  // An error in the clothes of a good answer proves neither the key nor the model.
  if (status < 300)
    return result.kind === 'passed' && result.outcome === 'upstream-error'
      ? null
      : { kind: 'ANSWERED', endpointRevision, ...(memory === null ? {} : { memory }) };
  const problem = (code: ProblemCode): Problem => ({
    code,
    message: `The endpoint answered ${String(status)} to a request of a caller.`,
    hint: null,
    httpStatus: status,
  });
  if (status === 401 || status === 403) {
    const caller = 'userId' in actor ? actor.userId : actor.type;
    const code = status === 401 ? 'UNAUTHORIZED' : 'FORBIDDEN';
    return { kind: 'REFUSED', problem: problem(code), model: candidate.upstreamId, caller, endpointRevision };
  }
  return status >= 500 && status !== 501
    ? { kind: 'FAILED', problem: problem('UPSTREAM_ERROR'), endpointRevision }
    : null;
}

/** How long an endpoint asks to be left alone, in milliseconds; null where it does not say. */
function pauseOf(headers: IncomingHttpHeaders): number | null {
  const after = firstValue(headers['retry-after']);
  const afterMs = firstValue(headers['retry-after-ms']);
  return retryAfterMs({
    ...(after === undefined ? {} : { 'retry-after': after }),
    ...(afterMs === undefined ? {} : { 'retry-after-ms': afterMs }),
  });
}

/** The endpoint did not begin to answer in time. */
export const isTimeout = (error: Error): boolean => (error as { code?: unknown }).code === 'UND_ERR_HEADERS_TIMEOUT';

/** For those who may see connections. */
export function describeFailure(error: Error): string {
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
