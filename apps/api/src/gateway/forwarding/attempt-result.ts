import type { IncomingHttpHeaders } from 'node:http';
import type { Outcome } from '../answers/answer-reader.js';
import type { TokenCounts } from '../answers/token-counts.js';

/** What a request to one endpoint came to. */
export type AttemptResult =
  /** The answer went to the caller, as far as it came. */
  | {
      readonly kind: 'passed';
      readonly status: number;
      readonly outcome: Outcome;
      readonly tokens: TokenCounts;
      /** On the clock of `performance.now()`; null: none came. */
      readonly firstByteAt: number | null;
      /** Why the endpoint's answer broke off; absent: it did not, or because its caller left. */
      readonly brokenOff?: Error;
    }
  /** An answer after which another endpoint may be asked. Nothing of it went to the caller. */
  | { readonly kind: 'declined'; readonly status: number; readonly answer: KeptAnswer }
  /** No answer began. */
  | { readonly kind: 'failed'; readonly error: Error }
  /** The caller went away before an answer began. */
  | { readonly kind: 'left' };

/**
 * The endpoint does not take the question for token counts that we put into the request. Nothing went to the caller.
 */
export interface QuestionRefused {
  readonly kind: 'question-refused';
}

/** A short answer in memory. */
export interface KeptAnswer {
  readonly headers: IncomingHttpHeaders;
  /** Null: it was too long, cut, or is not for the caller. */
  readonly body: Buffer | null;
}
