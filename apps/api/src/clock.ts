/** Time, timers and chance as whatever waits sees them, so that tests decide all three. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs it once, that much later; the function given back calls it off. */
  after(ms: number, run: () => void): () => void;
  /** At least 0, less than 1. */
  random(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => {
      clearTimeout(timer);
    };
  },
  random: () => Math.random(),
};
