import { LineTap } from '../streams/line-tap.js';
import { NO_BYTES, type AnswerReader, type Outcome } from './answer-reader.js';
import type { TokenCounts } from './token-counts.js';

const ENDED_EARLY = '{"error":"The endpoint ended the answer before it was complete."}\n';

/** Reads along with an Ollama's own answer: lines of JSON, of which Ollama always sends a last one, or one object. */
export class LineReader implements AnswerReader {
  readonly mayShorten = false;
  readonly isFlood = false;
  readonly #tap = new LineTap();

  constructor(readonly isStream: boolean) {}

  get tokens(): TokenCounts {
    return this.#tap.tokens;
  }

  push(chunk: Buffer): Buffer {
    this.#tap.push(chunk);
    return chunk;
  }

  end(): Buffer {
    this.#tap.end();
    return NO_BYTES;
  }

  /** One piece of JSON is whole by its length; lines have a last one. */
  outcome(): Exclude<Outcome, 'client-abort'> {
    const { hasError, isDone } = this.#tap;
    if (hasError) return 'upstream-error';
    return !this.isStream || isDone ? 'complete' : 'truncated';
  }

  endedEarly(): Buffer {
    return Buffer.from(this.#tap.isAtLineStart ? ENDED_EARLY : `\n${ENDED_EARLY}`);
  }
}
