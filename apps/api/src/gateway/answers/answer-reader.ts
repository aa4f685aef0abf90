import { NO_TOKENS, type TokenCounts } from './token-counts.js';

/** How an answer that went to the caller ended. */
export type Outcome = 'complete' | 'upstream-error' | 'truncated' | 'client-abort';

/** Reads along with the body of one answer on its way to the caller. */
export interface AnswerReader {
  /** The body comes in pieces of its own, which nobody on the way may collect or change. */
  readonly isStream: boolean;
  /** Bytes may be left out of the body, so its length is not what the endpoint stated. */
  readonly mayShorten: boolean;
  readonly tokens: TokenCounts;
  /** The endpoint sends without end what is no answer: nothing more of it is to be read. */
  readonly isFlood: boolean;
  /** What of these bytes, and of those before, goes to the caller now. They may be cut anywhere. */
  push(chunk: Buffer): Buffer;
  /** The body is over, or cut: what was held back of it. */
  end(): Buffer;
  /** How the body ended, where the connection was not cut. */
  outcome(): Exclude<Outcome, 'client-abort'>;
  /** What tells the caller that the endpoint ended early; null where a clean end says no more. */
  endedEarly(): Buffer | null;
}

export const NO_BYTES = Buffer.alloc(0);

/** A body that says nothing to us: sound, a picture, an error in the endpoint's words. */
export const UNREAD: AnswerReader = {
  isStream: false,
  mayShorten: false,
  tokens: NO_TOKENS,
  isFlood: false,
  push: (chunk) => chunk,
  end: () => NO_BYTES,
  outcome: () => 'complete',
  endedEarly: () => null,
};

/** A success whose status says that it has no body. */
export const WITHOUT_BODY: AnswerReader = { ...UNREAD, mayShorten: true, push: () => NO_BYTES };
