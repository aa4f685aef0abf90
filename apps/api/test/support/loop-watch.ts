import { readFileSync } from 'node:fs';

/** What the longest stretch was in which the event loop did nothing else, in milliseconds. */
export interface LoopWatch {
  stop(): number;
}

/**
 * Watches the event loop of this thread from turn to turn. On Linux a stretch is measured in time of the processor that the
 * thread had, so that other processes on a busy machine do not count; elsewhere in time that passed.
 */
export function watchLoop(): LoopWatch {
  let before = processorMs();
  let longest = 0;
  let isOver = false;
  const turn = (): void => {
    const now = processorMs();
    longest = Math.max(longest, now - before);
    before = now;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  return {
    stop: () => {
      isOver = true;
      return Math.max(longest, processorMs() - before);
    },
  };
}

function processorMs(): number {
  try {
    const [ns] = readFileSync(`/proc/self/task/${String(process.pid)}/schedstat`, 'utf8').split(' ', 1);
    return Number(ns) / 1e6;
  } catch {
    return performance.now();
  }
}
