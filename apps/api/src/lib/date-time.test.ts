import { describe, expect, it } from '@jest/globals';
import { Kind } from 'graphql';
import { DateTime } from './date-time.js';

const parse = (text: unknown) => DateTime.parseValue(text).toISOString();

describe('DateTime', () => {
  it.each([
    ['2026-11-23T13:11:34.662Z', '2026-11-23T13:11:34.662Z'],
    ['2026-11-23T13:11:34Z', '2026-11-23T13:11:34.000Z'],
    ['2026-11-23t13:11:34.5z', '2026-11-23T13:11:34.500Z'],
    ['2026-11-23 13:11:34+05:30', '2026-11-23T07:41:34.000Z'],
    ['2026-11-23T13:11:34.123456789-08:00', '2026-11-23T21:11:34.123Z'],
    ['2028-02-29T00:00:00Z', '2028-02-29T00:00:00.000Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
    ['2016-12-31T23:59:60.5Z', '2017-01-01T00:00:00.000Z'],
  ])('takes the RFC 3339 instant %s', (text, expected) => {
    expect(parse(text)).toBe(expected);
  });

  it.each([
    '2026-11-23',
    '2026-11-23T13:11:34',
    '2026-11-23T13:11Z',
    '2026-02-30T00:00:00Z',
    '2027-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-10T00:00:00Z',
    '2026-11-23T24:00:00Z',
    '2026-11-23T13:60:00Z',
    '2026-11-23T13:11:34+25:00',
    'tomorrow',
    '',
    1_764_000_000_000,
    null,
  ])('refuses %p and says what it wants', (value) => {
    expect(() => DateTime.parseValue(value)).toThrow('DateTime must be an RFC 3339 date and time with an offset');
  });

  it('reads literals in documents by the same rule', () => {
    const literal = DateTime.parseLiteral({ kind: Kind.STRING, value: '2026-11-23T13:11:34+01:00' }, {});
    expect(literal.toISOString()).toBe('2026-11-23T12:11:34.000Z');
    expect(() => DateTime.parseLiteral({ kind: Kind.INT, value: '1764000000' }, {})).toThrow('RFC 3339');
  });

  it('writes UTC with three digits', () => {
    expect(DateTime.serialize(new Date('2026-11-23T13:11:34+01:00'))).toBe('2026-11-23T12:11:34.000Z');
    expect(() => DateTime.serialize(new Date(NaN))).toThrow('valid Date');
  });
});
