import type { Outcome } from '../answers/answer-reader.js';
import type { TokenCounts } from '../answers/token-counts.js';
import type { BodyBudget } from '../http/body-budget.js';

/** An answer in one piece, translated; or why it cannot be, in words for the caller. */
export type Translated =
  { readonly text: string | Buffer; readonly tokens: TokenCounts } | { readonly problem: string };

/** Translates the answer of an OpenAI endpoint that comes as a stream of events. */
export interface StreamTranslator {
  /** Of the answer so far. */
  readonly tokens: TokenCounts;
  /** How the answer ended; truncated while it has not. */
  readonly outcome: Outcome;
  /** It ended with an error: nothing more comes of it. */
  readonly hasFailed: boolean;
  /** What the caller gets for these bytes, cut anywhere. */
  push(bytes: Buffer): string;
  /** The endpoint sends no more: the last that the caller gets. */
  end(): string;
}

/** How the answers of OpenAI endpoints to one request become those of the caller's API. */
export interface Translators {
  /** Of a stream of events; null: none was asked for. */
  readonly stream: (() => StreamTranslator) | null;
  /** The media type of a translated stream. */
  readonly streamType: string;
  /** Of one piece of JSON. */
  readonly whole: (body: Buffer) => Promise<Translated>;
  /** The body of an error. */
  readonly error: (message: string, status: number) => object;
  /** What is kept of an answer in one piece counts on it. */
  readonly budget: BodyBudget;
}
