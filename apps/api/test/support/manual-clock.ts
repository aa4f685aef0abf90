import type { Clock } from '../../src/clock.js';

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** Time that moves when a test says so. `settle` waits until what a timer began has come to rest. */
export class ManualClock implements Clock {
  readonly #timers = new Set<Timer>();
  /** Moves with every timer; `#setBy` is what the time of day is off. */
  #now: number;
  #setBy = 0;
  /** What `random` gives; half way makes jitter none. */
  chance = 0.5;

  constructor(
    private readonly settle: () => Promise<void>,
    start = Date.parse('2026-11-23T12:00:00.000Z'),
  ) {
    this.#now = start;
  }

  now = (): number => this.#now + this.#setBy;

  monotonic = (): number => this.#now;

  random = (): number => this.chance;

  after = (ms: number, run: () => void): (() => void) => {
    const timer = { at: this.#now + ms, run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  };

  /** Timers that have not run. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Runs all timers that are due within that time, in their order, and lets each come to rest before the next. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await this.settle();
    for (;;) {
      const next = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#now = Math.max(this.#now, next.at);
      // All of one instant together, as an event loop would.
      for (const timer of [...this.#timers].filter(({ at }) => at === next.at)) {
        this.#timers.delete(timer);
        timer.run();
      }
      await this.settle();
    }
    this.#now = end;
    await this.settle();
  }

  /** Somebody sets the time of day; no time passes. */
  set(byMs: number): void {
    this.#setBy += byMs;
  }

  /** Time passes and no timer runs: the process was asleep. */
  jump(ms: number): void {
    this.#now += ms;
  }
}

/** Lets everything that waits for nothing outside of this process run. */
export async function turns(count = 5): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
