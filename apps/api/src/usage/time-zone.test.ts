import { describe, expect, it } from '@jest/globals';
import { TimeZone, type Stretch } from './time-zone.js';

const zone = (name: string): TimeZone => TimeZone.find(name)!;
const stretch = (start: string, end: string): Stretch => ({ start: Date.parse(start), end: Date.parse(end) });
const starts = (found: readonly Stretch[]): string[] =>
  found.map(({ start }) => new Date(start).toISOString().slice(5, 16));
const hoursLong = (found: readonly Stretch[]): number[] => found.map(({ start, end }) => (end - start) / 3_600_000);

describe('a time zone', () => {
  it('is found by its name in the IANA database and by nothing else', () => {
    for (const name of ['Mars/Olympus', '', '+05:30', '-8', 'Europe/Berlin; DROP', ' UTC']) {
      expect([name, TimeZone.find(name)]).toEqual([name, null]);
    }
    expect(['UTC', 'Etc/UTC', 'Europe/Berlin'].map((name) => zone(name).isUtc)).toEqual([true, true, false]);
  });

  it('has days of 23 and 25 hours where clocks change', () => {
    const spring = zone('Europe/Berlin').days(stretch('2026-03-28T12:00:00Z', '2026-03-30T12:00:00Z'));
    expect(starts(spring)).toEqual(['03-27T23:00', '03-28T23:00', '03-29T22:00']);
    expect(hoursLong(spring)).toEqual([24, 23, 24]);
    const autumn = zone('America/New_York').days(stretch('2026-10-31T12:00:00Z', '2026-11-02T12:00:00Z'));
    expect(starts(autumn)).toEqual(['10-31T04:00', '11-01T04:00', '11-02T05:00']);
    expect(hoursLong(autumn)).toEqual([24, 25, 24]);
  });

  it('has days that begin at 1 where midnight is left out, and at the first of two midnights', () => {
    const cairo = zone('Africa/Cairo').days(stretch('2026-04-23T12:00:00Z', '2026-04-25T12:00:00Z'));
    expect(starts(cairo)).toEqual(['04-22T22:00', '04-23T22:00', '04-24T21:00']);
    expect(hoursLong(cairo)).toEqual([24, 23, 24]);
    const havana = zone('America/Havana').days(stretch('2026-10-31T12:00:00Z', '2026-11-02T12:00:00Z'));
    expect(hoursLong(havana)).toEqual([24, 25, 24]);
  });

  it.each([
    ['Asia/Kolkata', '11-22T18:30'],
    ['Asia/Kathmandu', '11-22T18:15'],
    ['Pacific/Chatham', '11-22T10:15'],
    ['Pacific/Kiritimati', '11-22T10:00'],
    ['Pacific/Pago_Pago', '11-22T11:00'],
  ])('of any distance from UTC has its own midnight: %s', (name, wanted) => {
    const [day] = zone(name).days(stretch('2026-11-23T05:00:00Z', '2026-11-23T05:00:00.001Z'));
    expect(starts([day!])).toEqual([wanted]);
  });

  it('has days of the calendar one after the other without a gap, for years and in every zone', () => {
    for (const name of ['Europe/Lisbon', 'Australia/Lord_Howe', 'America/Santiago', 'Asia/Beirut', 'Asia/Kathmandu']) {
      const days = zone(name).days(stretch('2023-11-25T00:00:00Z', '2026-11-25T00:00:00Z'));
      expect(days.length).toBeGreaterThanOrEqual(1_096);
      for (const [index, day] of days.entries()) {
        const next = days[index + 1];
        if (next !== undefined)
          expect([name, next.start, next.utcMidnight]).toEqual([name, day.end, day.utcMidnight + 86_400_000]);
      }
    }
  });

  it('has hours that begin when its clocks show a full one, twice where they are put back', () => {
    expect(starts(zone('Asia/Kolkata').hours(stretch('2026-11-23T10:00:00Z', '2026-11-23T11:00:00Z')))).toEqual([
      '11-23T09:30',
      '11-23T10:30',
    ]);
    expect(starts(zone('Asia/Kathmandu').hours(stretch('2026-11-23T10:20:00Z', '2026-11-23T10:30:00Z')))).toEqual([
      '11-23T10:15',
    ]);
    const twice = zone('Europe/Berlin').hours(stretch('2026-10-25T00:00:00Z', '2026-10-25T03:00:00Z'));
    expect(hoursLong(twice)).toEqual([1, 1, 1]);
  });

  it('has two halves of an hour where clocks change by one', () => {
    const autumn = zone('Australia/Lord_Howe').hours(stretch('2026-04-04T13:10:00Z', '2026-04-04T16:00:00Z'));
    expect(starts(autumn)).toEqual(['04-04T13:00', '04-04T14:00', '04-04T15:00', '04-04T15:30']);
    const begun = zone('Australia/Lord_Howe').hours(stretch('2026-04-04T15:10:00Z', '2026-04-04T15:20:00Z'));
    expect(starts(begun)).toEqual(['04-04T15:00']);
  });
});
