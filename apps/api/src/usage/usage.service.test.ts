import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { openTestDatabase, type TestDatabase } from '../../test/support/database.js';
import { ManualClock, turns } from '../../test/support/manual-clock.js';
import { describeOnEachDatabase } from '../../test/support/postgres/postgres.js';
import { admin, refusal } from '../../test/support/workspace.js';
import { parseDatabaseUrl } from '../config.js';
import { UsageRecorder } from './recording/usage-recorder.js';
import { UsageService, type UsageQuestion } from './usage.service.js';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const DAY = 86_400_000;
const QUARTER = 900_000;

describeOnEachDatabase('usage that is asked for', (kind) => {
  let stored: TestDatabase;
  let drop: () => Promise<void>;
  let service: UsageService;

  beforeAll(async () => {
    const made = await kind.create();
    drop = made.drop;
    stored = await openTestDatabase({ settings: parseDatabaseUrl(made.url) });
    const clock = new ManualClock(() => turns(), NOW);
    service = new UsageService({ database: stored.database, clock });
    const recorder = new UsageRecorder({
      database: stored.database,
      clock,
      logger: pino({ level: 'silent' }),
      maxKeys: 1_000_000,
    });
    const request = (at: number, model: string) => {
      const tokens = { input: 1, output: null };
      const about = { connectionId: 'c', userId: 'u', tokenId: null, outcome: 'complete' as const };
      recorder.record({ at, model, ...about, tokens, firstByteMs: 1, totalMs: 1 });
    };
    // One request in each quarter of an hour of the last 110 days, at its very beginning or end.
    for (let age = 0; age < 110 * DAY; age += QUARTER) request(NOW - age - (age % DAY === 0 ? 0 : 1), 'steady');
    for (let minute = 0; minute < 11_001; minute += 1) request(NOW - DAY, `many ${String(minute)}`);
    await recorder.flush();
  }, 60_000);
  afterAll(async () => {
    await stored.close();
    await drop();
  });

  const ask = (more: Partial<UsageQuestion> & { readonly from: Date }) =>
    service.list(admin(), {
      to: new Date(NOW + 1),
      bucket: 'DAY',
      groupBy: 'MODEL',
      filter: { models: ['steady'] },
      timeZone: 'UTC',
      ...more,
    });
  const from = (text: string) => new Date(text);

  it('is read for a hundred questions one after the other, and for no more', async () => {
    const asked = Array.from({ length: 101 }, () => ask({ from: new Date(NOW - 1) }));
    const outcomes = (await Promise.allSettled(asked)).map(({ status }) => status);
    expect(outcomes.filter((status) => status === 'fulfilled')).toHaveLength(100);
    expect(await refusal(asked.at(-1)!)).toMatchObject({ code: 'RATE_LIMITED' });
    expect(await ask({ from: new Date(NOW - 1) })).toHaveLength(1);
  });

  it('has the requests of each day in the day that it was there, 23 and 25 hours long where clocks were changed', async () => {
    const berlin = await ask({
      from: from('2026-10-24T10:00:00Z'),
      to: from('2026-10-26T10:00:00Z'),
      timeZone: 'Europe/Berlin',
    });
    expect(berlin.map(({ at, requests }) => [at.toISOString(), requests / 4])).toEqual([
      ['2026-10-23T22:00:00.000Z', 24],
      ['2026-10-24T22:00:00.000Z', 25],
      ['2026-10-25T23:00:00.000Z', 24],
    ]);
    const sydney = await ask({
      from: from('2026-10-03T14:00:00Z'),
      to: from('2026-10-04T13:00:00Z'),
      timeZone: 'Australia/Sydney',
    });
    expect(sydney.map(({ at, requests }) => [at.toISOString(), requests / 4])).toEqual([
      ['2026-10-03T14:00:00.000Z', 23],
    ]);
    const kathmandu = await ask({
      from: from('2026-11-10T18:15:00Z'),
      to: from('2026-11-10T18:15:01Z'),
      timeZone: 'Asia/Kathmandu',
    });
    expect(kathmandu.map(({ at, requests }) => [at.toISOString(), requests])).toEqual([
      ['2026-11-10T18:15:00.000Z', 96],
    ]);
  });

  it('has four quarters in each hour, two where clocks changed by half of one, and both hours that they showed twice', async () => {
    const berlin = await ask({
      from: from('2026-10-24T23:30:00Z'),
      to: from('2026-10-25T02:30:00Z'),
      bucket: 'HOUR',
      timeZone: 'Europe/Berlin',
    });
    expect(berlin.map(({ at, requests }) => `${at.toISOString().slice(11, 16)} ${String(requests)}`)).toEqual([
      '23:00 4',
      '00:00 4',
      '01:00 4',
      '02:00 4',
    ]);
    const island = await ask({
      from: from('2026-10-03T14:00:00Z'),
      to: from('2026-10-03T17:00:00Z'),
      bucket: 'HOUR',
      timeZone: 'Australia/Lord_Howe',
    });
    expect(island.map(({ at, requests }) => `${at.toISOString().slice(11, 16)} ${String(requests)}`)).toEqual([
      '13:30 4',
      '14:30 4',
      '15:30 2',
      '16:00 4',
    ]);
    const india = await ask({
      from: from('2026-11-20T10:15:00Z'),
      to: from('2026-11-20T10:30:00Z'),
      bucket: 'HOUR',
      timeZone: 'Asia/Kolkata',
    });
    expect(india.map(({ at, requests }) => `${at.toISOString().slice(11, 16)} ${String(requests)}`)).toEqual([
      '09:30 4',
    ]);
  });

  it.each(['UTC', 'Asia/Kolkata', 'America/Los_Angeles', 'Pacific/Kiritimati', 'Pacific/Pago_Pago'])(
    'counts each request once in %s, where days of UTC stand for the oldest ones, too',
    async (timeZone) => {
      const points = await ask({ from: new Date(NOW - 120 * DAY), timeZone });
      expect(points.reduce((sum, { requests }) => sum + requests, 0)).toBe(110 * 96);
      expect(new Set(points.map(({ at }) => at.getTime())).size).toBe(points.length);
      const local = new Intl.DateTimeFormat('en-GB', { timeZone, timeStyle: 'medium' });
      expect(new Set(points.map(({ at }) => local.format(at)))).toEqual(new Set(['00:00:00']));
    },
  );

  it('is refused where it would be more points than one answer holds', async () => {
    const tooMany = await refusal(ask({ from: new Date(NOW - 2 * DAY), filter: {} }));
    expect([tooMany.code, tooMany.details.field]).toEqual(['QUERY_TOO_EXPENSIVE', 'bucket']);
    const points = await ask({ from: new Date(NOW - 2 * DAY), filter: {}, groupBy: 'CONNECTION' });
    expect(points.map(({ key, label }) => [key, label])).toContainEqual(['c', 'A connection that is gone']);
  });
});
