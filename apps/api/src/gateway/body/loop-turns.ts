import { setImmediate as nextImmediate } from 'node:timers/promises';

let last: Promise<unknown> = Promise.resolve();

/**
 * Resolves when the event loop has served everybody else once. Whoever waits gets a turn of the loop for itself:
 * resumed in the same one, many would together keep it as long as one that never waits.
 */
export function nextTurn(): Promise<unknown> {
  last = last.then(() => nextImmediate());
  return last;
}
