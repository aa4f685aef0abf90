import { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { AppError } from '../../errors.js';
import { bodyError } from '../body/content-coding.js';

/**
 * A request's body, asked for piece by piece. An iterator of the stream itself would destroy it at its end, and with it
 * the connection on which the caller waits for an answer.
 */
export class PulledBody {
  readonly #chunks: Buffer[] = [];
  readonly #maxBytes: number;
  #bytes = 0;
  #isOver = false;
  #error: Error | null = null;
  #wake: (() => void) | null = null;

  /** What is longer than `maxBytes`, or is stated to be, is refused with BODY_TOO_LARGE. */
  constructor(
    private readonly payload: Readable,
    { maxBytes, statedBytes = null }: { readonly maxBytes: number; readonly statedBytes?: number | null },
  ) {
    this.#maxBytes = maxBytes;
    payload.on('data', this.#onData);
    payload.once('end', () => this.#end(null));
    payload.on('error', (cause) => this.#end(bodyError(cause)));
    payload.once('close', () => this.#end(bodyError(null)));
    payload.pause();
    if (statedBytes !== null && statedBytes > maxBytes) this.#tooLarge();
  }

  /** Null: it has ended. Rejects where it was broken off, or is too long. */
  async next(): Promise<Buffer | null> {
    while (this.#chunks.length === 0 && !this.#isOver) {
      const came = new Promise<void>((resolve) => (this.#wake = resolve));
      this.payload.resume();
      await came;
    }
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) return chunk;
    if (this.#error !== null) throw this.#error;
    return null;
  }

  /** Lets what is left of it come and go: the connection can serve again. */
  abandon(): void {
    this.payload.off('data', this.#onData);
    this.#chunks.length = 0;
    if (this.payload instanceof IncomingMessage) this.payload.resume();
    // Nothing more is decoded for nobody.
    else this.payload.destroy();
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#maxBytes) {
      this.#tooLarge();
      return;
    }
    this.#chunks.push(chunk);
    this.payload.pause();
    this.#wake?.();
  };

  #tooLarge(): void {
    const most = `${String(Math.floor(this.#maxBytes / 1024 / 1024))} MB`;
    this.#end(new AppError('BODY_TOO_LARGE', `A form may have at most ${most}. Send a smaller file.`));
    this.abandon();
  }

  #end(error: Error | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#error = error;
    this.#wake?.();
  }
}
