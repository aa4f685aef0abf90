import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { check, failed } from '../../../test/support/endpoints/fake-provider.js';
import { openMonitored, type Monitored } from '../../../test/support/monitored.js';
import { HealthBucket } from './health-bucket.entity.js';
import { HealthSample } from './health-sample.entity.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
let on: Monitored;

beforeEach(async () => {
  on = await openMonitored();
  await on.recorder.start();
});

afterEach(async () => {
  await on.recorder.stop();
  await on.stored.close();
});

/** Time passes and is counted, as the flushes of the recorder do. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= MINUTE) {
    on.clock.jump(Math.min(left, MINUTE));
    on.recorder.recent('a');
  }
  await on.recorder.flush();
}
const uptime = async (): Promise<number | null> =>
  on.history.uptime24h((await on.history.halfHours(['a'], 24)).get('a') ?? []);

describe('uptime', () => {
  it('is time ONLINE or DEGRADED over time not UNKNOWN or DISABLED', async () => {
    on.recorder.enter('a', 'UNKNOWN');
    await pass(HOUR);
    expect(await uptime()).toBeNull();
    on.recorder.enter('a', 'ONLINE');
    await pass(2 * HOUR);
    on.recorder.enter('a', 'DEGRADED');
    await pass(HOUR);
    on.recorder.enter('a', 'OFFLINE');
    await pass(45 * MINUTE);
    on.recorder.enter('a', 'UNAUTHORIZED');
    await pass(15 * MINUTE);
    on.recorder.enter('a', 'DISABLED');
    await pass(5 * HOUR);
    expect(await uptime()).toBeCloseTo(3 / 4, 6);
  });

  it('counts the time before a flush as well, and after it no second time', async () => {
    on.recorder.enter('a', 'ONLINE');
    on.clock.jump(2 * MINUTE);
    on.recorder.enter('a', 'OFFLINE');
    on.clock.jump(2 * MINUTE);
    expect(await uptime()).toBeCloseTo(1 / 2, 6);
    await on.recorder.flush();
    expect(await uptime()).toBeCloseTo(1 / 2, 6);
    const [bucket] = await on.stored.database.read.find(HealthBucket);
    expect(bucket).toMatchObject({ upMs: 2 * MINUTE, knownMs: 4 * MINUTE, worst: 'OFFLINE' });
  });

  it('does not count time in which the server did not run', async () => {
    on.recorder.enter('a', 'ONLINE');
    await pass(10 * MINUTE);
    on.recorder.enter('a', 'OFFLINE');
    on.clock.jump(3 * HOUR);
    expect(await uptime()).toBe(1);
  });

  it('goes on in the half hour that an earlier run began', async () => {
    on.recorder.enter('a', 'ONLINE');
    await pass(4 * MINUTE);
    await on.recorder.stop();
    const again = on.again();
    await again.recorder.start();
    again.recorder.enter('a', 'OFFLINE');
    again.clock.jump(4 * MINUTE);
    await again.recorder.flush();
    const [bucket] = await on.stored.database.read.find(HealthBucket);
    expect(bucket).toMatchObject({ upMs: 4 * MINUTE, knownMs: 8 * MINUTE });
    await again.recorder.stop();
  });

  it('never touches the ledger', async () => {
    const head = await on.stored.events.head();
    on.recorder.enter('a', 'ONLINE');
    on.recorder.addSample('a', check(), new Date(on.clock.now()));
    await pass(HOUR);
    expect(await on.stored.events.head()).toBe(head);
  });
});

describe('a timeline', () => {
  it('is aligned, without gaps, oldest first, and says nothing of unknown time', async () => {
    on.clock.jump(10 * MINUTE);
    on.recorder.enter('a', 'ONLINE');
    on.recorder.addSample('a', check({ latencyMs: 20 }), new Date(on.clock.now()));
    on.recorder.addSample('a', check({ latencyMs: 40 }), new Date(on.clock.now()));
    await pass(20 * MINUTE);
    on.recorder.enter('a', 'OFFLINE');
    await pass(10 * MINUTE);
    const halfHours = (await on.history.halfHours(['a'], 24)).get('a') ?? [];
    const timeline = on.history.timeline(halfHours, { hours: 24, buckets: 48 });
    expect(timeline).toHaveLength(48);
    expect(timeline[0]?.from.toISOString()).toBe('2026-11-22T13:00:00.000Z');
    expect(timeline[47]?.to.toISOString()).toBe('2026-11-23T13:00:00.000Z');
    for (const [index, bucket] of timeline.slice(1).entries()) expect(bucket.from).toEqual(timeline[index]?.to);
    expect(timeline[45]).toMatchObject({ worst: null, upShare: null, p50LatencyMs: null });
    expect(timeline[46]).toMatchObject({ worst: 'ONLINE', upShare: 1, p50LatencyMs: 30 });
    expect(timeline[47]).toMatchObject({ worst: 'OFFLINE', upShare: 0, p50LatencyMs: null });
  });

  it.each([
    [1, 192],
    [192, 1],
    [192, 192],
    [7, 5],
  ])('of %d hours has %d parts up to now', (hours, buckets) => {
    const timeline = on.history.timeline([], { hours, buckets });
    expect(timeline).toHaveLength(buckets);
    expect(timeline.at(-1)?.from.getTime()).toBeLessThanOrEqual(on.clock.now());
    expect(timeline.at(-1)?.to.getTime()).toBeGreaterThan(on.clock.now());
  });

  it('is forgotten after 8 days', async () => {
    on.recorder.enter('a', 'ONLINE');
    await pass(HOUR);
    on.recorder.leave('a');
    on.clock.jump(8 * 24 * HOUR);
    on.recorder.enter('b', 'ONLINE');
    await pass(MINUTE);
    await on.recorder.flush();
    const rows = await on.stored.database.read.find(HealthBucket);
    expect(rows.map(({ connectionId }) => connectionId)).not.toContain('a');
  });
});

describe('the history', () => {
  it('has what is stored and what is not yet, newest first, none twice', async () => {
    for (let sample = 0; sample < 6; sample += 1) {
      on.clock.jump(1_000);
      on.recorder.addSample('a', sample === 5 ? failed() : check({ latencyMs: sample }), new Date(on.clock.now()));
      on.recorder.addSample('b', check({ latencyMs: 100 + sample }), new Date(on.clock.now()));
      if (sample === 2) await on.recorder.flush();
    }
    const found = await on.history.samples(['a', 'b', 'none'], 4);
    expect(found.get('a')?.map(({ latencyMs }) => latencyMs)).toEqual([null, 4, 3, 2]);
    expect(found.get('a')?.[0]).toMatchObject({ status: 'OFFLINE', problem: { code: 'CONNECTION_REFUSED' } });
    expect(found.get('b')?.map(({ latencyMs }) => latencyMs)).toEqual([105, 104, 103, 102]);
    expect(found.get('none')).toEqual([]);
  });

  it('is kept to the last 120 of each connection', async () => {
    for (let sample = 0; sample < 150; sample += 1) {
      on.clock.jump(1_000);
      on.recorder.addSample('a', check({ latencyMs: sample }), new Date(on.clock.now()));
    }
    on.recorder.addSample('b', check(), new Date(on.clock.now()));
    await on.recorder.flush();
    const { read } = on.stored.database;
    expect(await read.countBy(HealthSample, { connectionId: 'a' })).toBe(120);
    expect(await read.countBy(HealthSample, { connectionId: 'b' })).toBe(1);
    expect((await on.history.samples(['a'], 120)).get('a')?.[119]?.latencyMs).toBe(30);
  });

  it('waits in memory while the database is in trouble', async () => {
    on.recorder.addSample('a', check({ latencyMs: 7 }), new Date(on.clock.now()));
    const { database } = on.stored;
    const original = database.write.bind(database);
    database.write = () => Promise.reject(new Error('no room'));
    await on.recorder.flush();
    expect(await database.read.count(HealthSample)).toBe(0);
    expect((await on.history.samples(['a'], 10)).get('a')).toHaveLength(1);
    database.write = original;
    await on.recorder.flush();
    expect(await database.read.count(HealthSample)).toBe(1);
  });

  it('is stored once, and goes on, where a commit came about and nobody heard of it', async () => {
    const { database } = on.stored;
    const original = database.write.bind(database);
    database.write = async (work) => {
      await original(work);
      throw new Error('the connection broke');
    };
    on.recorder.addSample('a', check({ latencyMs: 7 }), new Date(on.clock.now()));
    await on.recorder.flush();
    database.write = original;
    on.recorder.addSample('a', check({ latencyMs: 8 }), new Date(on.clock.now() + 1));
    await on.recorder.flush();
    expect(await database.read.count(HealthSample)).toBe(2);
    expect(on.recorder.buffered()).toEqual([]);
  });

  it('of a connection that is gone for good is forgotten within an hour', async () => {
    on.recorder.addSample('gone', check(), new Date(on.clock.now()));
    await on.recorder.flush();
    on.clock.jump(HOUR);
    await on.recorder.flush();
    expect(await on.stored.database.read.count(HealthSample)).toBe(0);
  });
});
