import { describe, expect, it } from '@jest/globals';
import { TimeZone, type Stretch } from './time-zone.js';

const DAY = 86_400_000;
const zone = (name: string): TimeZone => TimeZone.find(name)!;
const short = (at: number): string => new Date(at).toISOString().slice(5, 16);
const hoursLong = ({ start, end }: Stretch): number => (end - start) / 3_600_000;

/** That many, one after the other, from the one that the instant is in. */
function following(around: (at: number) => Stretch, at: string, count: number): Stretch[] {
  const found = [around(Date.parse(at))];
  while (found.length < count) found.push(around(found.at(-1)!.end));
  return found;
}
const days = (name: string, at: string, count: number) => following((one) => zone(name).dayAround(one), at, count);
const hours = (name: string, at: string, count: number) => following((one) => zone(name).hourAround(one), at, count);

describe('a time zone', () => {
  it('is found by its name in the IANA database and by nothing else', () => {
    for (const name of ['Mars/Olympus', '', '+05:30', '-8', 'Europe/Berlin; DROP', ' UTC']) {
      expect([name, TimeZone.find(name)]).toEqual([name, null]);
    }
    expect(['UTC', 'Etc/UTC', 'Europe/Berlin'].map((name) => zone(name).isUtc)).toEqual([true, true, false]);
  });

  it('has days of 23 and 25 hours where clocks change', () => {
    const spring = days('Europe/Berlin', '2026-03-28T12:00:00Z', 3);
    expect(spring.map(({ start }) => short(start))).toEqual(['03-27T23:00', '03-28T23:00', '03-29T22:00']);
    expect(spring.map(hoursLong)).toEqual([24, 23, 24]);
    const autumn = days('America/New_York', '2026-10-31T12:00:00Z', 3);
    expect(autumn.map(({ start }) => short(start))).toEqual(['10-31T04:00', '11-01T04:00', '11-02T05:00']);
    expect(autumn.map(hoursLong)).toEqual([24, 25, 24]);
  });

  it('has days that begin at 1 where midnight is left out, and at the first of two midnights', () => {
    const cairo = days('Africa/Cairo', '2026-04-23T12:00:00Z', 3);
    expect(cairo.map(({ start }) => short(start))).toEqual(['04-22T22:00', '04-23T22:00', '04-24T21:00']);
    expect(cairo.map(hoursLong)).toEqual([24, 23, 24]);
    expect(days('America/Havana', '2026-10-31T12:00:00Z', 3).map(hoursLong)).toEqual([24, 25, 24]);
  });

  it.each([
    ['Asia/Kolkata', '11-22T18:30'],
    ['Asia/Kathmandu', '11-22T18:15'],
    ['Pacific/Chatham', '11-22T10:15'],
    ['Pacific/Kiritimati', '11-22T10:00'],
    ['Pacific/Pago_Pago', '11-22T11:00'],
  ])('of any distance from UTC has its own midnight: %s', (name, wanted) => {
    expect(short(zone(name).dayAround(Date.parse('2026-11-23T05:00:00Z')).start)).toBe(wanted);
  });

  it('has every date of three years, one after the other without a gap', () => {
    for (const name of ['Europe/Lisbon', 'Australia/Lord_Howe', 'America/Santiago', 'Asia/Beirut', 'Asia/Kathmandu']) {
      const first = zone(name).dateOf(Date.parse('2023-11-25T12:00:00Z'));
      const found = days(name, '2023-11-25T12:00:00Z', 1_096);
      expect(found.map(({ start }) => zone(name).dateOf(start))).toEqual(
        found.map((_day, index) => first + index * DAY),
      );
      expect(found.map(({ start }) => zone(name).dateOf(start - 1))).toEqual(
        found.map((_day, index) => first + (index - 1) * DAY),
      );
    }
  });

  it('has hours that begin when its clocks show a full one, twice where they are put back', () => {
    expect(hours('Asia/Kolkata', '2026-11-23T10:00:00Z', 2).map(({ start }) => short(start))).toEqual([
      '11-23T09:30',
      '11-23T10:30',
    ]);
    expect(short(zone('Asia/Kathmandu').startOfHour(Date.parse('2026-11-23T10:20:00Z')))).toBe('11-23T10:15');
    expect(hours('Europe/Berlin', '2026-10-25T00:00:00Z', 3).map(hoursLong)).toEqual([1, 1, 1]);
  });

  it('has two halves of an hour where clocks change by one', () => {
    const autumn = hours('Australia/Lord_Howe', '2026-04-04T13:10:00Z', 4);
    expect(autumn.map(({ start }) => short(start))).toEqual([
      '04-04T13:00',
      '04-04T14:00',
      '04-04T15:00',
      '04-04T15:30',
    ]);
    const spring = hours('Australia/Lord_Howe', '2026-10-03T14:40:00Z', 3);
    expect(spring.map(({ start }) => short(start))).toEqual(['10-03T14:30', '10-03T15:30', '10-03T16:00']);
    expect(short(zone('Australia/Lord_Howe').startOfHour(Date.parse('2026-10-03T15:40:00Z')))).toBe('10-03T15:30');
  });

  it('is steady between changes of clocks, which are found to the minute', () => {
    const stretch = { start: Date.parse('2026-01-10T07:31:00Z'), end: Date.parse('2026-12-24T00:00:00Z') };
    const parts = (name: string) =>
      zone(name)
        .steady(stretch)
        .map(({ start, end, offset }) => `${short(start)} ${short(end)} ${String(offset / 3_600_000)}`);
    expect(parts('Europe/Berlin')).toEqual([
      '01-10T07:31 03-29T01:00 1',
      '03-29T01:00 10-25T01:00 2',
      '10-25T01:00 12-24T00:00 1',
    ]);
    expect(parts('Pacific/Chatham')).toEqual([
      '01-10T07:31 04-04T14:00 13.75',
      '04-04T14:00 09-26T14:00 12.75',
      '09-26T14:00 12-24T00:00 13.75',
    ]);
    expect(parts('Asia/Kolkata')).toEqual(['01-10T07:31 12-24T00:00 5.5']);
    expect(zone('UTC').steady({ start: 5, end: 5 })).toEqual([]);
  });
});
