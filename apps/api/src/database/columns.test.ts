import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { FindOperator } from 'typeorm';
import { openTestDatabase, type TestDatabase } from '../../test/support/database.js';
import { HealthBucket } from '../monitor/health/health-bucket.entity.js';
import { before, since, until } from './columns.js';

// All on one day: text that is not written as a column of instants writes it sorts wrongly only within a day.
const [EIGHT, NINE, TEN] = ['08', '09', '10'].map((hour) => new Date(`2026-03-01T${hour}:00:00.000Z`)) as [
  Date,
  Date,
  Date,
];

describe('find options of instants', () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await openTestDatabase();
  });
  afterAll(() => test.close());
  beforeEach(async () => {
    await test.database.write(async ({ manager }) => {
      await manager.clear(HealthBucket);
      const rest = { connectionId: 'c', worst: null, upMs: 0, knownMs: 0, latencies: [] };
      await manager.insert(
        HealthBucket,
        [EIGHT, NINE, TEN].map((from) => ({ ...rest, from })),
      );
    });
  });

  const options: [string, FindOperator<Date>, Date[]][] = [
    ['before', before(NINE), [EIGHT]],
    ['until', until(NINE), [EIGHT, NINE]],
    ['since', since(NINE), [NINE, TEN]],
  ];

  it.each(options)('%s finds the rows', async (_name, from, expected) => {
    const found = await test.database.read.find(HealthBucket, { where: { from }, order: { from: 'ASC' } });
    expect(found.map((bucket) => bucket.from)).toEqual(expected);
  });

  it.each(options)('%s deletes the rows and no other', async (_name, from, expected) => {
    const { affected } = await test.database.write(({ manager }) => manager.delete(HealthBucket, { from }));
    expect(affected).toBe(expected.length);
  });

  it.each(options)('%s updates the rows and no other', async (_name, from, expected) => {
    const { affected } = await test.database.write(({ manager }) =>
      manager.update(HealthBucket, { from }, { upMs: 1 }),
    );
    expect(affected).toBe(expected.length);
  });
});
