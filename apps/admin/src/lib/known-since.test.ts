import { describe, expect, it } from '@jest/globals';
import { knownSince } from './known-since.js';

const start = Date.parse('2026-11-22T11:00:00.000Z');
const at = (index: number) => new Date(start + index * 1_800_000).toISOString();
const long = '2026-01-01T00:00:00.000Z';

/** A day of half hours of which the first so many are not known. */
const day = (unknown: number, word: string | null = null) =>
  Array.from({ length: 48 }, (_, index) => ({ from: at(index), worst: index < unknown ? word : 'ONLINE' }));

describe('since when something is known of a day', () => {
  it('is told until the whole day is known', () => {
    expect(knownSince(day(0), long)).toBeNull();
    expect(knownSince(day(1), long)).toBe(at(1));
    expect(knownSince(day(30, 'UNKNOWN'), long)).toBe(at(30));
  });

  it('is the instant of linking, not the half hour in which that was', () => {
    const linkedAt = '2026-11-23T10:36:00.000Z';
    expect(knownSince(day(47), linkedAt)).toBe(linkedAt);
  });

  it('is nothing where nothing is known', () => {
    expect(knownSince(day(48), long)).toBeNull();
    expect(knownSince([], long)).toBeNull();
  });
});
