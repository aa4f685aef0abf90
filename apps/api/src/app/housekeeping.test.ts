import { describe, expect, it, jest } from '@jest/globals';
import { createLogger } from '../log/logger.js';
import { createHousekeeping } from './housekeeping.js';

describe('housekeeping', () => {
  it('begins nothing again while it is under way, goes on after a failure, and waits for it when it is stopped', async () => {
    jest.useFakeTimers();
    try {
      const under: { resolve: () => void; reject: (error: Error) => void }[] = [];
      const run = () => new Promise<void>((resolve, reject) => under.push({ resolve, reject }));
      const lines: string[] = [];
      const logger = createLogger({ level: 'info', destination: { write: (line: string) => void lines.push(line) } });
      const housekeeping = createHousekeeping([{ everyMs: 5_000, what: 'tidying up', run }], logger);
      housekeeping.start();
      await jest.advanceTimersByTimeAsync(60_000);
      expect(under).toHaveLength(1);
      under[0]?.reject(new Error('the database is away'));
      await jest.advanceTimersByTimeAsync(5_000);
      expect(under).toHaveLength(2);
      expect(lines.join('')).toContain('the database is away');
      expect(lines.join('')).toContain('tidying up failed and is tried again');
      let hasStopped = false;
      const stopped = housekeeping.stop().then(() => {
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
