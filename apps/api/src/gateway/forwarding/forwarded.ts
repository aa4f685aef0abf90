import type { Outcome } from '../answers/answer-reader.js';
import type { TokenCounts } from '../answers/token-counts.js';

/** How a request ended whose answer was written, or whose caller left. */
export interface Forwarded {
  /** Null: the caller left before anybody answered, or no endpoint was needed. */
  readonly connectionId: string | null;
  readonly status: number | null;
  readonly outcome: Outcome;
  /** Endpoints that were sent the request. */
  readonly attempts: number;
  readonly tokens: TokenCounts;
  /** Milliseconds from the request's last byte to the first byte of the answer's body; null: none came. */
  readonly firstByteMs: number | null;
  /** For the log: why the endpoint's answer broke off, where it did. */
  readonly brokenOff?: string;
}
