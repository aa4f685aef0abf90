import type { AnswerMask } from '../masking/answer-mask.js';

const KEPT = { longestBytes: 256 * 1024, withinMs: 1_000 };

/**
 * The body of an endpoint's error. It is kept until it is whole, because another endpoint may have a better answer and
 * because what it says decides what becomes of it. One that is long or slow is not waited for.
 */
export class KeptError {
  readonly #parts: Buffer[] = [];
  #bytes = 0;
  readonly #patience: NodeJS.Timeout;

  /** `mask` goes over every byte. `onTooMuch` is called where the error is longer or slower than what is waited for. */
  constructor(
    readonly mask: AnswerMask,
    private readonly onTooMuch: () => void,
  ) {
    this.#patience = setTimeout(onTooMuch, KEPT.withinMs);
  }

  push(chunk: Buffer): void {
    const masked = this.mask.push(chunk);
    this.#parts.push(masked);
    this.#bytes += masked.length;
    if (this.#bytes > KEPT.longestBytes) this.onTooMuch();
  }

  /** The whole body, which is over. */
  end(): Buffer {
    this.#parts.push(this.mask.end());
    return this.take();
  }

  /** What came so far; `mask` holds back the end of it. */
  take(): Buffer {
    this.drop();
    return Buffer.concat(this.#parts);
  }

  /** Nobody waits for it any more. */
  drop(): void {
    clearTimeout(this.#patience);
  }
}
