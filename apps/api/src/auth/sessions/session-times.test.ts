import { describe, expect, it } from '@jest/globals';
import { requireFresh, type PersonActor } from '../actor.js';
import { isOver, SESSION_IDLE_MS, SESSION_MAX_MS } from './session-times.js';

const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;
const now = new Date('2026-11-23T12:00:00.000Z');
const at = (ms: number) => new Date(now.getTime() + ms);

describe('a session beside a clock that is set', () => {
  it.each([
    ['used and begun now', 0, false],
    ['begun two hours ahead, before the clock was set back', 2 * HOUR_MS, false],
    ['begun a year ahead', YEAR_MS, true],
    ['begun a few minutes ahead, by another process', HOUR_MS / 10, false],
    ['begun and used the idle time ago', -SESSION_IDLE_MS, true],
  ])('(%s) is over: see the table', (_, byMs, over) => {
    expect(isOver({ lastUsedAt: at(byMs), expiresAt: at(byMs + SESSION_MAX_MS) }, now)).toBe(over);
  });

  it('proves nothing fresh by a password that was given in the future', () => {
    const person = (ms: number) => ({ type: 'person', authenticatedAt: at(ms) }) as PersonActor;
    for (const ms of [0, -60_000, 60_000]) expect(() => requireFresh(person(ms), now)).not.toThrow();
    for (const ms of [-HOUR_MS, HOUR_MS, YEAR_MS]) expect(() => requireFresh(person(ms), now)).toThrow('password');
  });
});
