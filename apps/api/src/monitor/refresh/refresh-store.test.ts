import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { openTestDatabase, type TestDatabase } from '../../../test/support/database.js';
import { describeOnEachDatabase, type DisposableDatabase } from '../../../test/support/postgres/postgres.js';
import { parseDatabaseUrl } from '../../config.js';
import { HELD_MS, RefreshStore } from './refresh-store.js';
import { Refresh } from './refresh.entity.js';

const START = Date.parse('2026-11-23T12:00:00.000Z');
const HOUR_MS = 3_600_000;
const at = (ms: number) => new Date(START + ms);
const NOTHING: ReadonlySet<string> = new Set();

const refresh = (more: Partial<Refresh> = {}): Refresh =>
  Object.assign(new Refresh(), {
    id: randomUUID(),
    connectionIds: [],
    total: 0,
    done: 0,
    failed: 0,
    startedAt: at(0),
    finishedAt: null,
    cancelled: false,
    heldUntil: at(HELD_MS),
    ...more,
  });

describeOnEachDatabase('the rows of refreshes', (kind) => {
  let stored: DisposableDatabase;
  let test: TestDatabase;
  let store: RefreshStore;

  beforeEach(async () => {
    stored = await kind.create();
    test = await openTestDatabase({ settings: parseDatabaseUrl(stored.url) });
    store = new RefreshStore(test.database);
  });
  afterEach(async () => {
    await test.close();
    await stored.drop();
  });

  it('give each one that nobody holds to exactly one of several takers', async () => {
    const left = Array.from({ length: 5 }, () => refresh());
    for (const one of left) await store.add(one);
    await store.add(refresh({ heldUntil: at(10 * HELD_MS) }));
    await store.add(refresh({ finishedAt: at(1) }));
    const take = () => new RefreshStore(test.database).takeOver(at(2 * HELD_MS), { all: false, except: NOTHING });
    const taken = (await Promise.all([take(), take(), take()])).flat().map(({ id }) => id);
    expect(taken.sort()).toEqual(left.map(({ id }) => id).sort());
    expect(await take()).toEqual([]);
  });

  it('give everything that has not ended to whoever is alone', async () => {
    const [held, mine] = [refresh(), refresh()];
    for (const one of [held, mine, refresh({ finishedAt: at(1) })]) await store.add(one);
    const taken = await store.takeOver(at(0), { all: true, except: new Set([mine.id]) });
    expect(taken.map(({ id }) => id)).toEqual([held.id]);
  });

  it('are forgotten an hour after their end, or behind a hundred others, and not before their end', async () => {
    const running = refresh({ startedAt: at(-3 * HOUR_MS) });
    await store.add(running);
    const old = refresh({ startedAt: at(-2 * HOUR_MS), finishedAt: at(-2 * HOUR_MS) });
    await store.add(old);
    const many = Array.from({ length: 105 }, (_, index) => refresh({ startedAt: at(index), finishedAt: at(index) }));
    for (const one of many) await store.add(one);
    expect(await store.find(running.id)).not.toBeNull();
    expect(await store.find(old.id)).toBeNull();
    expect(await store.find(many[104]?.id ?? '')).not.toBeNull();
    expect(await test.database.read.count(Refresh)).toBeLessThanOrEqual(102);
  });

  it('tell whoever writes one down that it was called off', async () => {
    const one = refresh({ total: 3 });
    await store.add(one);
    expect(await store.keep(one.id, { done: 1 })).toBe(false);
    await store.keep(one.id, { cancelled: true });
    expect(await store.keep(one.id, { done: 2 })).toBe(true);
    expect(await store.find(one.id)).toMatchObject({ total: 3, done: 2, cancelled: true, finishedAt: null });
  });
});
