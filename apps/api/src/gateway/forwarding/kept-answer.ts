import type { KeptAnswer } from './attempt-result.js';
import type { Dialect } from './dialect.js';
import { isProxyFailure, isRefusal } from './endpoint-status.js';
import { responseHeaders, WHOLE_HEADERS } from './forwarded-headers.js';
import type { GatewayCall } from './gateway-call.js';

/** An answer that an endpoint gave while others could still be asked. */
interface Declined {
  readonly connectionId: string;
  readonly status: number;
  readonly answer: KeptAnswer;
}

/** Of several endpoints' words, those that the caller can do most with: the last of the most telling kind. */
export class KeptAnswers {
  #best: Declined | null = null;

  add(declined: Declined): void {
    const { body } = declined.answer;
    if (body === null) return;
    if (this.#best === null || worth(declined) >= worth(this.#best)) this.#best = declined;
  }

  get best(): Declined | null {
    return this.#best;
  }
}

/** What is said of the request, or of when to come back, before what is said of a stored key, before a proxy's page. */
function worth({ status, answer }: Declined): number {
  if (isProxyFailure(status)) return 0;
  return status === 401 || answer.body?.length === 0 ? 1 : 2;
}

/** Gives the caller an endpoint's own words. `attempts`: endpoints that were sent the request. */
export function writeKept(
  { answer, answerHeaders }: GatewayCall,
  dialect: Dialect,
  kept: Declined,
  attempts: number,
): void {
  const isSpent = attempts > 1;
  const { status } = kept;
  const { 'content-length': _length, 'x-should-retry': shouldRetry, ...headers } = kept.answer.headers;
  // A refusal without a word would read as if the caller's own token were meant.
  const isSilent = isRefusal(status) && kept.answer.body?.length === 0;
  if (isSilent) Object.assign(headers, { 'content-type': 'application/json' });
  const body = isSilent ? Buffer.from(JSON.stringify(dialect.refusal(status, silence(status)))) : kept.answer.body;
  answer.writeHead(status, [
    ...responseHeaders(isSpent ? headers : { ...headers, 'x-should-retry': shouldRetry }),
    ...answerHeaders,
    ...WHOLE_HEADERS,
    'x-intrallm-connection',
    kept.connectionId,
    'content-length',
    String(body?.length ?? 0),
    // Official clients retry by themselves, and each of their tries would be all of ours again.
    ...(isSpent ? ['x-should-retry', 'false'] : []),
  ]);
  answer.end(body);
}

const silence = (status: number): string =>
  `The endpoint of this model refused the request with ${String(status)} and gave no reason.`;
