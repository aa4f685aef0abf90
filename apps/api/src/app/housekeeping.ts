import type { RepeatedWork, Runnable } from '../lib/domain.js';
import type { Logger } from '../log/logger.js';

/** Repeats the work of all domains between start and stop. `stop` waits for what is under way. */
export function createHousekeeping(jobs: readonly RepeatedWork[], logger: Logger) {
  const running = new Set<Promise<void>>();
  let timers: readonly NodeJS.Timeout[] = [];
  const repeat = ({ everyMs, what, run }: RepeatedWork): NodeJS.Timeout => {
    let isRunning = false;
    const runOnce = (): void => {
      // The last time takes longer than the interval: this one is left out.
      if (isRunning) return;
      isRunning = true;
      const done = run().then(
        () => undefined,
        (error: unknown) => {
          logger.warn({ err: error }, `${what} failed and is tried again`);
        },
      );
      running.add(done);
      void done.finally(() => {
        isRunning = false;
        running.delete(done);
      });
    };
    return setInterval(runOnce, everyMs).unref();
  };
  return {
    start: () => {
      timers = jobs.map(repeat);
    },
    stop: async () => {
      for (const timer of timers) clearInterval(timer);
      await Promise.all(running);
    },
  } satisfies Runnable;
}
