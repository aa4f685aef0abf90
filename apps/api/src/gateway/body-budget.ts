import { AppError } from '../errors.js';

/** All request bodies held in memory together. Refusing one is better than losing the process. */
export class BodyBudget {
  #used = 0;

  /** Default: 256 MB. */
  constructor(private readonly maxBytes = 256 * 1024 * 1024) {}

  get usedBytes(): number {
    return this.#used;
  }

  /** Takes that many bytes; gives the function that returns them, to be called once. Throws OVERLOADED when spent. */
  take(bytes: number): () => void {
    if (this.#used + bytes > this.maxBytes) {
      throw new AppError('OVERLOADED', 'The server holds too many request bodies right now. Try again.', {
        retryAfterMs: 1_000,
      });
    }
    this.#used += bytes;
    let isHeld = true;
    return () => {
      if (isHeld) this.#used -= bytes;
      isHeld = false;
    };
  }
}
