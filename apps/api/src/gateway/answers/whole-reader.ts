import { JsonTap } from '../streams/json-tap.js';
import type { ResponseIdTap } from '../streams/response-id-tap.js';
import { NO_BYTES, type AnswerReader, type Outcome } from './answer-reader.js';
import type { TokenCounts } from './token-counts.js';

/** Reads along with an answer in one piece of JSON, which is whole by its length. */
export class WholeReader implements AnswerReader {
  readonly isStream = false;
  readonly mayShorten = false;
  readonly isFlood = false;
  readonly #tap = new JsonTap();

  /** `responseId` is shown the bytes, as they come; null: the answer has no such id. */
  constructor(private readonly responseId: ResponseIdTap | null) {}

  get tokens(): TokenCounts {
    return this.#tap.tokens;
  }

  push(chunk: Buffer): Buffer {
    this.#tap.push(chunk);
    this.responseId?.push(chunk);
    return chunk;
  }

  end(): Buffer {
    return NO_BYTES;
  }

  outcome(): Exclude<Outcome, 'client-abort'> {
    return this.#tap.hasError ? 'upstream-error' : 'complete';
  }

  endedEarly(): null {
    return null;
  }
}
