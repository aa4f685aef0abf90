import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Actor, TokenLimit } from '../../auth/actor.js';
import { AppError } from '../../errors.js';
import { TokenLimits } from './token-limits.js';

let now: number;
let limits: TokenLimits;
beforeEach(() => {
  now = 1_000_000;
  limits = new TokenLimits(() => now);
});

function token(...all: TokenLimit[]): Actor {
  const origin = { ip: null, requestId: null };
  const who = { type: 'token', userId: 'u', tokenId: 't', label: 'test', expiresAt: null } as const;
  return { ...who, ...origin, scopes: new Set(), modelAllowlist: [], limits: all };
}
const perMinute = (requestsPerMinute: number, tokenId = 't') => ({ tokenId, requestsPerMinute, maxInFlight: null });
const atOnce = (maxInFlight: number, tokenId = 't') => ({ tokenId, requestsPerMinute: null, maxInFlight });

/** The wait that is asked for; 0 where the request is let through. */
function waitOf(actor: Actor): number {
  try {
    limits.enter(actor)();
    return 0;
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'RATE_LIMITED') throw error;
    return error.details.retryAfterMs ?? -1;
  }
}

describe('a token', () => {
  it('without limits is never held up', () => {
    for (let count = 0; count < 1_000; count += 1) expect(waitOf(token())).toBe(0);
  });

  it('may start what a minute allows at once, and then as much as comes back', () => {
    const actor = token(perMinute(6));
    expect(Array.from({ length: 7 }, () => waitOf(actor))).toEqual([0, 0, 0, 0, 0, 0, 10_000]);
    now += 9_999;
    expect(waitOf(actor)).toBe(1);
    now += 1;
    expect([waitOf(actor), waitOf(actor)]).toEqual([0, 10_000]);
    now += 3_600_000;
    expect(Array.from({ length: 7 }, () => waitOf(actor))).toEqual([0, 0, 0, 0, 0, 0, 10_000]);
  });

  it('may have as many under way as it is allowed, and another when one ends', () => {
    const actor = token(atOnce(2));
    const ends = [limits.enter(actor), limits.enter(actor)];
    expect(waitOf(actor)).toBe(1_000);
    ends[0]?.();
    expect(waitOf(actor)).toBe(0);
  });

  it('counts on those that it was made by as well, and on none when one refuses', () => {
    const one = token(perMinute(3, 'one'), perMinute(4, 'parent'));
    const two = token(perMinute(3, 'two'), perMinute(4, 'parent'));
    expect([waitOf(one), waitOf(one), waitOf(one), waitOf(one)].map(Boolean)).toEqual([false, false, false, true]);
    expect([waitOf(two), waitOf(two)].map(Boolean)).toEqual([false, true]);
    now += 15_000;
    expect([waitOf(two), waitOf(two)].map(Boolean)).toEqual([false, true]);
  });

  it('is held to what it has under way, however many others come meanwhile', () => {
    const actor = token(atOnce(1, 'busy'), perMinute(2, 'busy parent'));
    const end = limits.enter(actor);
    for (let count = 0; count < 10_001; count += 1) waitOf(token(atOnce(1, `other ${String(count)}`)));
    expect(waitOf(actor)).toBe(1_000);
    end();
    expect([waitOf(actor), waitOf(actor)]).toEqual([0, 30_000]);
  });
});
