import { setImmediate } from 'node:timers/promises';

/** How long work goes on before the event loop gets its turn, in milliseconds. */
const SLICE_MS = 5;

/** Cuts long work into slices, so that nothing else in the process waits for it. One for each piece of work. */
export class Slices {
  #startedAt = performance.now();

  /** `signal`: work whose check has ended goes on no longer; `pause` then rejects with its reason. */
  constructor(private readonly signal: AbortSignal | null = null) {}

  /** True where `pause` is due: asking costs less than a promise for each step. */
  get isOver(): boolean {
    return performance.now() - this.#startedAt > SLICE_MS;
  }

  /** Lets the event loop have its turn. */
  async pause(): Promise<void> {
    await setImmediate();
    this.signal?.throwIfAborted();
    this.#startedAt = performance.now();
  }

  /** Makes one thing of each, a slice at a time. */
  async map<T, R>(items: Iterable<T>, make: (item: T) => R): Promise<R[]> {
    const made: R[] = [];
    for (const item of items) {
      if (this.isOver) await this.pause();
      made.push(make(item));
    }
    return made;
  }

  /** Runs a generator that yields often, a slice at a time; gives what it returns. */
  async run<R>(steps: Generator<undefined, R>): Promise<R> {
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      if (this.isOver) await this.pause();
    }
  }
}
