import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openTestDatabase, type TestDatabase } from '../../test/support/database.js';
import { thingChanged } from '../../test/support/thing-event.js';
import { AuditEntry } from '../audit/audit-entry.entity.js';
import { Event } from '../events/event.entity.js';
import { KeyCanary } from '../secrets/key-canary.entity.js';
import { Sqlite } from './sqlite-driver.js';
import type { NewAuditEntry } from './write.js';

const row = (keyId: string) => ({ keyId, box: 'box' });
const entry: NewAuditEntry = {
  action: 'thing.changed',
  actor: { id: null, label: 'test', ip: null, requestId: null },
  target: null,
  changes: [],
};
const event = thingChanged();

let test: TestDatabase;
beforeEach(async () => {
  test = await openTestDatabase();
});
afterEach(() => test.close());

describe('Database.write', () => {
  it('keeps nothing and announces nothing when the work throws', async () => {
    const rings: number[] = [];
    test.doorbell.subscribe((seq) => rings.push(seq));
    let ranAfterwards = false;
    const failing = test.database.write(async (write) => {
      await write.manager.insert(KeyCanary, row('a'));
      write.audit(entry);
      write.event(event);
      write.afterCommit(() => {
        ranAfterwards = true;
      });
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await test.database.read.count(KeyCanary)).toBe(0);
    expect(await test.database.read.count(AuditEntry)).toBe(0);
    expect(await test.database.read.count(Event)).toBe(0);
    expect({ rings, ranAfterwards }).toEqual({ rings: [], ranAfterwards: false });
  });

  it('does not lose a write that overlaps one that is rolled back', async () => {
    const failing = test.database.write(async ({ manager }) => {
      await manager.insert(KeyCanary, row('lost'));
      await new Promise((resolve) => setImmediate(resolve));
      throw new Error('rolled back');
    });
    const succeeding = test.database.write(({ manager }) => manager.insert(KeyCanary, row('kept')));
    await expect(failing).rejects.toThrow('rolled back');
    await succeeding;
    expect(await test.database.read.find(KeyCanary)).toEqual([row('kept')]);
  });

  it('shows readers committed state only', async () => {
    await test.database.write(async ({ manager }) => {
      await manager.insert(KeyCanary, row('a'));
      expect(await test.database.read.count(KeyCanary)).toBe(0);
    });
    expect(await test.database.read.count(KeyCanary)).toBe(1);
  });

  it('announces after the commit, in the order of the commits', async () => {
    const seen: Promise<number>[] = [];
    test.doorbell.subscribe((seq) => seen.push(test.database.read.countBy(Event, { seq })));
    await Promise.all(
      Array.from({ length: 10 }, () =>
        test.database.write(async (write) => {
          write.event(event);
        }),
      ),
    );
    expect(await Promise.all(seen)).toEqual(Array<number>(10).fill(1));
    const events = await test.database.read.find(Event, { order: { seq: 'ASC' } });
    expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('refuses a write inside a write instead of waiting for itself', async () => {
    const nested = test.database.write(() => test.database.write(async () => undefined));
    await expect(nested).rejects.toThrow('inside a write');
  });

  it('refuses to write through the reader', async () => {
    await expect(test.database.read.query("INSERT INTO key_canary VALUES ('x', 'y')")).rejects.toThrow(/readonly/);
  });

  it('waits for another process that holds the file, without blocking the thread', async () => {
    if (test.settings.kind !== 'sqlite') throw new Error('this test is about SQLite');
    const other = new Sqlite(test.settings.file);
    other.exec('BEGIN IMMEDIATE');
    const waiting = test.database.write(({ manager }) => manager.insert(KeyCanary, row('a')));
    await new Promise((resolve) => setTimeout(resolve, 300));
    other.exec('COMMIT');
    other.close();
    await waiting;
    expect(await test.database.read.count(KeyCanary)).toBe(1);
  });

  it('says UNAVAILABLE when the disk is full, and keeps what was committed before', async () => {
    await test.database.write(({ manager }) => manager.insert(KeyCanary, row('before')));
    const [pages] = await test.database.dataSource.query<{ page_count: number }[]>('PRAGMA page_count');
    await test.database.dataSource.query(`PRAGMA max_page_count = ${String(pages?.page_count)}`);
    const filling = test.database.write(({ manager }) =>
      manager.insert(KeyCanary, { keyId: 'big', box: 'x'.repeat(1e6) }),
    );
    await expect(filling).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await test.database.dataSource.query('PRAGMA max_page_count = 1000000');
    await test.database.write(({ manager }) => manager.insert(KeyCanary, row('after')));
    expect((await test.database.read.find(KeyCanary)).map(({ keyId }) => keyId).sort()).toEqual(['after', 'before']);
  });
});
