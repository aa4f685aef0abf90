import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { openTestDatabase, type TestDatabase } from '../../../test/support/database.js';
import { ManualClock, turns } from '../../../test/support/manual-clock.js';
import { describeOnEachDatabase } from '../../../test/support/postgres/postgres.js';
import { parseDatabaseUrl } from '../../config.js';
import type { Database } from '../../database/database.js';
import { unavailable } from '../../errors.js';
import { UsageRecorder } from './usage-recorder.js';
import type { UsageRecord } from './usage-sums.js';
import { UsageTotal } from './usage-total.entity.js';

const instant = (minute: number): string => new Date(minute * 60_000).toISOString();
const AT = Date.parse('2026-11-23T12:07:30.000Z');
const REQUEST: UsageRecord = {
  at: AT,
  connectionId: 'c',
  model: 'm',
  userId: 'u',
  tokenId: null,
  outcome: 'complete',
  tokens: { input: 10, output: 3 },
  firstByteMs: 120,
  totalMs: 300.4,
};

describeOnEachDatabase('the usage recorder', (kind) => {
  let stored: TestDatabase;
  let drop: () => Promise<void>;

  beforeEach(async () => {
    const made = await kind.create();
    drop = made.drop;
    stored = await openTestDatabase({ settings: parseDatabaseUrl(made.url) });
  });
  afterEach(async () => {
    await stored.close();
    await drop();
  });

  const recorderOn = (database: Pick<Database, 'kind' | 'write'>, more: { maxKeys?: number } = {}) =>
    new UsageRecorder({ database, clock: new ManualClock(() => turns()), logger: pino({ level: 'silent' }), ...more });
  const rows = (grain: string) =>
    stored.database.read.find(UsageTotal, { where: { grain: grain as never }, order: { minute: 'ASC', model: 'ASC' } });
  /** Fails each write that `fails` says, before or after it is committed. */
  const troubled = (fails: () => 'before' | 'after' | null) => ({
    kind: stored.database.kind,
    write: async <T>(work: Parameters<typeof stored.database.write<T>>[0]): Promise<T> => {
      const when = fails();
      if (when === 'before') throw unavailable('The database cannot be reached right now.');
      const result = await stored.database.write(work);
      if (when === 'after') throw unavailable('The database cannot be reached right now.');
      return result;
    },
  });

  it('adds to the minute, the quarter of an hour and the day', async () => {
    const recorder = recorderOn(stored.database);
    recorder.record(REQUEST);
    recorder.record({ ...REQUEST, at: AT + 60_000, outcome: 'truncated', tokens: { input: null, output: null } });
    recorder.record({ ...REQUEST, outcome: 'rejected', connectionId: null, model: null, firstByteMs: null });
    await recorder.flush();
    recorder.record({ ...REQUEST, outcome: 'upstream-error', tokens: { input: null, output: null } });
    await recorder.flush();
    const minutes = await rows('MINUTE');
    expect(minutes.map(({ minute, model, complete }) => [instant(minute), model, complete])).toEqual([
      ['2026-11-23T12:07:00.000Z', '', 0],
      ['2026-11-23T12:07:00.000Z', 'm', 1],
      ['2026-11-23T12:08:00.000Z', 'm', 0],
    ]);
    for (const [grain, at] of [
      ['QUARTER', '2026-11-23T12:00:00.000Z'],
      ['DAY', '2026-11-23T00:00:00.000Z'],
    ] as const) {
      const [rejected, used] = await rows(grain);
      expect(rejected).toMatchObject({
        minute: Date.parse(at) / 60_000,
        connectionId: '',
        rejected: 1,
        uncounted: 0,
        promptReports: 1,
      });
      expect(used).toMatchObject({
        minute: Date.parse(at) / 60_000,
        connectionId: 'c',
        userId: 'u',
        tokenId: '',
        complete: 1,
        truncated: 1,
        upstreamErrors: 1,
        clientAborts: 0,
        promptTokens: 10,
        promptReports: 1,
        completionTokens: 3,
        completionReports: 1,
        uncounted: 1,
        totalMs: 900,
        firstByte8: 2,
        firstByte7: 0,
      });
    }
    expect([recorder.pending, recorder.written]).toEqual([0, 10]);
  });

  it('drops and counts what is over its bound, and goes on adding to what is there', async () => {
    const recorder = recorderOn(stored.database, { maxKeys: 2 });
    for (const model of ['a', 'b', 'c', 'a', 'd']) recorder.record({ ...REQUEST, model });
    expect([recorder.pending, recorder.dropped]).toEqual([2, 2]);
    await recorder.flush();
    recorder.record({ ...REQUEST, model: 'c' });
    await recorder.flush();
    expect((await rows('DAY')).map(({ model, complete }) => [model, complete])).toEqual([
      ['a', 2],
      ['b', 1],
      ['c', 1],
    ]);
  });

  it('stores many keys in several batches', async () => {
    const recorder = recorderOn(stored.database);
    for (let index = 0; index < 1_000; index += 1) recorder.record({ ...REQUEST, model: `m${String(index)}` });
    await recorder.flush();
    expect([recorder.pending, recorder.written]).toEqual([0, 3_000]);
    expect(await stored.database.read.count(UsageTotal)).toBe(3_000);
  });

  it('keeps everything while the database is in trouble, and adds it once', async () => {
    let trouble: 'before' | 'after' | null = 'before';
    const recorder = recorderOn(troubled(() => trouble));
    recorder.record(REQUEST);
    await recorder.flush();
    recorder.record(REQUEST);
    recorder.record({ ...REQUEST, model: 'other' });
    await recorder.flush();
    expect([recorder.pending, recorder.failures, await rows('DAY')]).toEqual([3, 2, []]);
    trouble = null;
    await recorder.flush();
    expect((await rows('DAY')).map(({ model, complete }) => [model, complete])).toEqual([
      ['m', 2],
      ['other', 1],
    ]);
    expect([recorder.pending, recorder.dropped]).toEqual([0, 0]);
  });

  it('adds nothing twice where a commit succeeded and its answer was lost', async () => {
    const troubles: ('after' | null)[] = ['after', 'after', null];
    const recorder = recorderOn(troubled(() => troubles.shift() ?? null));
    recorder.record(REQUEST);
    await recorder.flush();
    await recorder.flush();
    recorder.record(REQUEST);
    await recorder.flush();
    await recorder.flush();
    expect(await rows('DAY')).toMatchObject([{ complete: 2, totalMs: 600 }]);
    expect([recorder.failures, recorder.pending]).toEqual([2, 0]);
  });

  it('gives up and counts what the database will never take, so that the rest gets through', async () => {
    const recorder = recorderOn(stored.database);
    // No text with a NUL can be stored in PostgreSQL; SQLite takes it.
    recorder.record({ ...REQUEST, userId: 'a\0b' });
    recorder.record({ ...REQUEST, userId: 'a\0b' });
    await recorder.flush();
    expect(recorder.dropped).toBe(kind.name === 'postgres' ? 2 : 0);
    recorder.record(REQUEST);
    await recorder.flush();
    expect((await rows('DAY')).find(({ userId }) => userId === 'u')).toMatchObject({ complete: 1 });
  });

  it('takes no count of tokens that nobody can have used, and no name that has no room in an index', async () => {
    const recorder = recorderOn(stored.database);
    recorder.record({ ...REQUEST, tokens: { input: Number.MAX_SAFE_INTEGER, output: 1 }, model: '長'.repeat(5_000) });
    await recorder.flush();
    expect(await rows('DAY')).toMatchObject([
      { promptTokens: 0, promptReports: 0, completionTokens: 1, uncounted: 0, model: '長'.repeat(500) },
    ]);
  });

  it('adds to the same rows from several processes at once', async () => {
    const others = await Promise.all([1, 2].map(() => openTestDatabase({ settings: stored.settings })));
    const recorders = [stored, ...others].map(({ database }) => recorderOn(database));
    for (let round = 0; round < 10; round += 1) {
      for (const recorder of recorders) {
        for (const model of ['a', 'b', 'c']) recorder.record({ ...REQUEST, model });
      }
      await Promise.all(recorders.map((recorder) => recorder.flush()));
    }
    for (const other of others) await other.close();
    expect((await rows('MINUTE')).map(({ complete, promptTokens }) => [complete, promptTokens])).toEqual(
      Array<[number, number]>(3).fill([30, 300]),
    );
    expect(recorders.map(({ failures }) => failures)).toEqual([0, 0, 0]);
  });

  it('flushes by itself every 2 s, and at its end what is left', async () => {
    const clock = new ManualClock(() => turns());
    const recorder = new UsageRecorder({ database: stored.database, clock, logger: pino({ level: 'silent' }) });
    recorder.start();
    recorder.record(REQUEST);
    await clock.advance(1_999);
    expect(recorder.pending).toBe(1);
    await clock.advance(1);
    await recorder.flush();
    expect(recorder.written).toBe(3);
    recorder.record(REQUEST);
    await recorder.stop();
    expect([recorder.pending, clock.pending]).toEqual([0, 0]);
    expect(await rows('DAY')).toMatchObject([{ complete: 2 }]);
  });
});
