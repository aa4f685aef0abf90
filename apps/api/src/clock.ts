/** Time, timers and chance as whatever waits sees them, so that tests decide all three. */
export interface Clock {
  /** Milliseconds since the epoch: the time of day, which may be set. For what is stored or shown. */
  now(): number;
  /** Milliseconds since some instant, never set: for durations, windows and what is due. */
  monotonic(): number;
  /** Runs it once, that much later; the function given back calls it off. */
  after(ms: number, run: () => void): () => void;
  /** At least 0, less than 1. */
  random(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => {
      clearTimeout(timer);
    };
  },
  random: () => Math.random(),
};
