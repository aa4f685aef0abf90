import type { Runnable } from '../lib/domain.js';

/** What was started, in order, to be stopped in the reverse order. */
export class Running {
  readonly #begun: Runnable[] = [];

  /** Rejects where that start fails: `stop` then stops that one, too. */
  async start(runnable: Runnable): Promise<void> {
    this.#begun.push(runnable);
    await runnable.start?.();
  }

  /** Where one cannot be stopped, the others still are; the first failure is thrown at the end. */
  async stop(): Promise<void> {
    const failures: unknown[] = [];
    for (let last = this.#begun.pop(); last !== undefined; last = this.#begun.pop()) {
      try {
        await last.stop?.();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
