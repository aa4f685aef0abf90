import { AppError } from '../../errors.js';

/** Work that is done one after the other: those who ask for it at once must not take the whole process together. */
export class QueryQueue {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** `limit`: how much of it may wait, that under way included. */
  constructor(private readonly limit: number) {}

  /**
   * Does it when everything before is done. Rejects with RATE_LIMITED where too much waits, and with what the work
   * throws.
   */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= this.limit) {
      throw new AppError('RATE_LIMITED', 'Too many of these questions wait already. Try again.', {
        retryAfterMs: 5_000,
      });
    }
    this.#waiting += 1;
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    try {
      return await done;
    } finally {
      this.#waiting -= 1;
    }
  }
}
