import { describe, expect, it } from '@jest/globals';
import { admin } from '../../test/support/workspace.js';
import { anonymous, system, type Actor } from '../auth/actor.js';
import { endOfRange } from './audience-condition.js';
import { Audience } from './audience.js';

const bound = (...modelAllowlist: string[]) => ({ type: 'token', modelAllowlist }) as unknown as Actor;

describe('an audience', () => {
  it('of people, of the server and of tokens without a list sees all; a stranger sees nothing', () => {
    for (const actor of [admin(), system('settings'), bound()]) {
      expect(Audience.of(actor)).toMatchObject({ seesAll: true, key: '' });
      expect(Audience.of(actor).allows('anything')).toBe(true);
    }
    const stranger = Audience.of(anonymous({ ip: null, requestId: null }));
    expect([stranger.allows('anything'), stranger.allows(''), stranger.key === '']).toEqual([false, false, false]);
  });

  it('has a key of its own exactly where it sees other names', () => {
    const key = (...list: string[]) => Audience.of(bound(...list)).key;
    expect(key('b', 'a*', 'ab')).toBe(key('a*', 'b'));
    const others = [key('a'), key('a*'), key('a', 'b'), key('a b'), key('a,b'), key('a*', 'b*'), key('A'), key()];
    expect(new Set(others).size).toBe(others.length);
  });

  it('is found in a database by ranges that end right behind the last name that begins so', () => {
    expect([endOfRange('al'), endOfRange('a\u{10FFFF}'), endOfRange('\u{10FFFF}'), endOfRange('')]).toEqual([
      'am',
      'b',
      null,
      null,
    ]);
    expect(endOfRange('\u{D7FF}')).toBe('\u{E000}');
  });
});
