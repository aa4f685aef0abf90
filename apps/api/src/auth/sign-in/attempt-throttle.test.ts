import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { AttemptThrottle } from './attempt-throttle.js';

const wrong = () => Promise.resolve(null);
const right = () => Promise.resolve(true);
const MINUTE_MS = 60_000;

describe('AttemptThrottle', () => {
  let throttle: AttemptThrottle;

  beforeEach(() => {
    jest.useFakeTimers();
    throttle = new AttemptThrottle();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  async function fail(account: string, ip: string, times: number): Promise<void> {
    for (let attempt = 0; attempt < times; attempt += 1) await throttle.attempt(account, ip, wrong);
  }

  it('refuses an account after 10 wrong passwords, the right one too, and says when to come again', async () => {
    await fail('ada', '192.0.2.1', 10);
    jest.advanceTimersByTime(5 * MINUTE_MS);
    await expect(throttle.attempt('ada', '192.0.2.2', right)).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      details: { retryAfterMs: 10 * MINUTE_MS },
    });
  });

  it('lets an account try again when the time it was told is over', async () => {
    await fail('ada', '192.0.2.1', 10);
    jest.advanceTimersByTime(15 * MINUTE_MS);
    await expect(throttle.attempt('ada', '192.0.2.1', right)).resolves.toBe(true);
  });

  it('runs no check for a refused attempt', async () => {
    await fail('ada', '192.0.2.1', 10);
    const check = jest.fn(right);
    await expect(throttle.attempt('ada', '192.0.2.1', check)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    expect(check).not.toHaveBeenCalled();
  });

  it('gains nothing from trying in parallel', async () => {
    const attempts = Array.from({ length: 30 }, () => throttle.attempt('ada', '192.0.2.1', wrong));
    const outcomes = await Promise.allSettled(attempts);
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(10);
  });

  it('bounds an address over all accounts, and the /64 of an IPv6 address as one', async () => {
    for (let account = 0; account < 50; account += 1) await fail(`account ${account}`, `2001:db8::${account + 1}`, 1);
    await expect(throttle.attempt('somebody', '2001:db8::ffff', right)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    await expect(throttle.attempt('somebody', '2001:db8:0:1::1', right)).resolves.toBe(true);
  });

  it('does not let strangers lock an owner out of a place they signed in from before', async () => {
    await throttle.attempt('ada', '192.0.2.1', right);
    await fail('ada', '198.51.100.9', 10);
    await expect(throttle.attempt('ada', '198.51.100.10', right)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    await expect(throttle.attempt('ada', '192.0.2.1', right)).resolves.toBe(true);
  });

  it('does not count what failed for another reason', async () => {
    const broken = () => Promise.reject(new Error('the database is away'));
    for (let attempt = 0; attempt < 60; attempt += 1) {
      await expect(throttle.attempt('ada', '192.0.2.1', broken)).rejects.toThrow('away');
    }
    await expect(throttle.attempt('ada', '192.0.2.1', right)).resolves.toBe(true);
  });

  it('starts counting anew after the right password', async () => {
    await fail('ada', '192.0.2.1', 9);
    await throttle.attempt('ada', '192.0.2.1', right);
    await fail('ada', '192.0.2.1', 9);
    await expect(throttle.attempt('ada', '192.0.2.1', right)).resolves.toBe(true);
  });

  it('lets in who was here before, whatever others behind the same address did, and tells when an address is full', async () => {
    const full: (string | null)[] = [];
    throttle = new AttemptThrottle((ip) => full.push(ip));
    for (let count = 0; count < 50; count += 1) await throttle.attempt(`stranger ${String(count)}`, '192.0.2.1', wrong);
    await expect(throttle.attempt('new', '192.0.2.1', right)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    expect(full).toEqual(['192.0.2.1']);
    await expect(throttle.attempt('ada', '192.0.2.1', right, { wasHere: true })).resolves.toBe(true);
    await expect(throttle.attempt('ada', '192.0.2.1', right)).resolves.toBe(true);
    // What is known is no way to guess on: its own ten remain.
    await fail('ada', '192.0.2.1', 10);
    await expect(throttle.attempt('ada', '192.0.2.1', right, { wasHere: true })).rejects.toMatchObject({
      code: 'RATE_LIMITED',
    });
  });
});
