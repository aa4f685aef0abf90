import { describe, expect, it, jest } from '@jest/globals';
import { startHousekeeping } from './housekeeping.js';
import { createLogger } from './log/logger.js';
import type { Services } from './services.js';

describe('startHousekeeping', () => {
  it('begins nothing again while it is under way, goes on after a failure, and waits for it when it is stopped', async () => {
    jest.useFakeTimers();
    try {
      const under: { resolve: () => void; reject: (error: Error) => void }[] = [];
      const purgeRemoved = () => new Promise<void>((resolve, reject) => under.push({ resolve, reject }));
      const nothing = () => Promise.resolve();
      const services = {
        removal: { purgeRemoved },
        credentialWatch: { check: nothing },
        refreshes: { resume: nothing },
        catalogue: { forgetVanished: nothing },
        sessions: { removeExpired: nothing },
        events: { prune: nothing },
        usageRetention: { prune: nothing },
      } as unknown as Services;
      const lines: string[] = [];
      const logger = createLogger({ level: 'info', destination: { write: (line: string) => void lines.push(line) } });
      const stop = startHousekeeping(services, logger);
      await jest.advanceTimersByTimeAsync(60_000);
      expect(under).toHaveLength(1);
      under[0]?.reject(new Error('the database is away'));
      await jest.advanceTimersByTimeAsync(5_000);
      expect(under).toHaveLength(2);
      expect(lines.join('')).toContain('the database is away');
      let hasStopped = false;
      const stopped = stop().then(() => {
        hasStopped = true;
      });
      await jest.advanceTimersByTimeAsync(60_000);
      expect({ begun: under.length, hasStopped }).toEqual({ begun: 2, hasStopped: false });
      under[1]?.resolve();
      await stopped;
    } finally {
      jest.useRealTimers();
    }
  });
});
