import { AppError } from '../../errors.js';

/** How much memory all request bodies take together. To refuse one is better than to lose the process. */
export class BodyBudget {
  #used = 0;

  /** Default: 256 MB. */
  constructor(private readonly maxBytes = 256 * 1024 * 1024) {}

  get usedBytes(): number {
    return this.#used;
  }

  /** Throws OVERLOADED when spent. */
  take(bytes: number): void {
    if (this.#used + bytes > this.maxBytes) {
      throw new AppError('OVERLOADED', 'The server holds too many request bodies right now. Try again.', {
        retryAfterMs: 1_000,
      });
    }
    this.#used += bytes;
  }

  give(bytes: number): void {
    this.#used -= bytes;
  }
}

/** The share that one request takes of the budget part by part, and gives back as a whole. */
export class BudgetShare {
  #taken = 0;

  constructor(private readonly budget: BodyBudget) {}

  /** Throws OVERLOADED when the budget is spent. */
  take(bytes: number): void {
    this.budget.take(bytes);
    this.#taken += bytes;
  }

  /** A second time does nothing. */
  giveBack(): void {
    this.budget.give(this.#taken);
    this.#taken = 0;
  }
}
