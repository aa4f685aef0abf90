import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createLogger } from '../../log/logger.js';
import { LookUpBudget } from './look-up-budget.js';

describe('LookUpBudget', () => {
  const lines: string[] = [];
  const logger = createLogger({ level: 'info', destination: { write: (line: string) => void lines.push(line) } });
  let budget: LookUpBudget;

  beforeEach(() => {
    jest.useFakeTimers();
    lines.length = 0;
    budget = new LookUpBudget(logger, {
      ofAddress: { burst: 10, perSecond: 2 },
      ofAll: { burst: 25, perSecond: 5 },
    });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  /** How many of so many are let through. */
  function taken(ip: string, times: number): number {
    let count = 0;
    for (let time = 0; time < times; time += 1) {
      try {
        budget.take(ip);
        count += 1;
      } catch {
        // Refused: not counted.
      }
    }
    return count;
  }

  it('lets an address have its burst and then so many a second, and says when to come again', () => {
    expect(taken('192.0.2.1', 5_000)).toBe(10);
    expect(() => budget.take('192.0.2.1')).toThrow(
      expect.objectContaining({ code: 'RATE_LIMITED', details: { retryAfterMs: 500 } }),
    );
    jest.advanceTimersByTime(500);
    expect(taken('192.0.2.1', 5)).toBe(1);
    jest.advanceTimersByTime(3_600_000);
    expect(taken('192.0.2.1', 5_000)).toBe(10);
  });

  it('counts the /64 of an IPv6 address as one, and lets no address use up the share of the others', () => {
    expect(taken('2001:db8::1', 20) + taken('2001:db8::ffff', 20)).toBe(10);
    expect(taken('192.0.2.2', 1)).toBe(1);
  });

  it('bounds all addresses together', () => {
    let count = 0;
    for (let address = 0; address < 5_000; address += 1) count += taken(`10.0.${address >> 8}.${address & 255}`, 1);
    expect(count).toBe(25);
    jest.advanceTimersByTime(1_000);
    expect(taken('192.0.2.1', 10)).toBe(5);
  });

  it('takes nothing for what is given back', () => {
    for (let time = 0; time < 100; time += 1) budget.take('192.0.2.1')();
    expect(taken('192.0.2.1', 100)).toBe(10);
  });

  it('names the proxy setting in the log, once a minute', () => {
    taken('192.0.2.1', 5_000);
    expect(lines.filter((line) => line.includes('INTRALLM_TRUSTED_PROXIES'))).toHaveLength(1);
    jest.advanceTimersByTime(60_000);
    taken('192.0.2.1', 5_000);
    expect(lines).toHaveLength(2);
  });
});
