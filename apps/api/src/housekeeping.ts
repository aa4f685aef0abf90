import type { Logger } from './log/logger.js';
import type { Services } from './services.js';

const PURGE_EVERY_MS = 5_000;
// What another process revoked is to end here within 5 s.
const CREDENTIALS_EVERY_MS = 3_000;
const REFRESHES_EVERY_MS = 5_000;
const FORGET_EVERY_MS = 3_600_000;

/** What has to happen as time passes, each thing once at a time. Gives the function that stops it and waits for what is under way. */
export function startHousekeeping(services: Services, logger: Logger): () => Promise<void> {
  const { removal, catalogue, credentialWatch, events, refreshes, sessions, usageRetention } = services;
  const running = new Set<Promise<void>>();
  const every = (ms: number, what: string, work: () => Promise<unknown>): NodeJS.Timeout => {
    let isRunning = false;
    const run = (): void => {
      // The last time takes longer than the interval: this one is left out.
      if (isRunning) return;
      isRunning = true;
      const done = work().then(
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
    return setInterval(run, ms).unref();
  };
  const timers = [
    every(PURGE_EVERY_MS, 'destroying the secrets of removed connections', () => removal.purgeRemoved(new Date())),
    every(CREDENTIALS_EVERY_MS, 'looking for credentials that are over', () => credentialWatch.check()),
    every(REFRESHES_EVERY_MS, 'going on with refreshes that nobody runs', () => refreshes.resume()),
    every(FORGET_EVERY_MS, 'forgetting vanished models', () => catalogue.forgetVanished(new Date())),
    every(FORGET_EVERY_MS, 'forgetting sessions that are over', () => sessions.removeExpired()),
    every(FORGET_EVERY_MS, 'forgetting old events', () => events.prune(new Date())),
    every(FORGET_EVERY_MS, 'forgetting usage that is past its time', () => usageRetention.prune(new Date())),
  ];
  return async () => {
    for (const timer of timers) clearInterval(timer);
    await Promise.all(running);
  };
}
