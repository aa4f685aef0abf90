import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { AppError } from '../src/errors.js';
import { parseDatabaseUrl } from '../src/config.js';
import { KeyCanary } from '../src/secrets/key-canary.entity.js';
import { openTestDatabase } from './support/database.js';
import { createDatabase, type DisposableDatabase } from './support/postgres.js';

describe('processes that share one PostgreSQL', () => {
  let stored: DisposableDatabase;
  let other: pg.Client;

  beforeEach(async () => {
    stored = await createDatabase();
    other = new pg.Client({ connectionString: stored.url });
    await other.connect();
  });
  afterEach(async () => {
    await other.end();
    await stored.drop();
  });

  const settings = () => parseDatabaseUrl(stored.url);

  it('may start on an empty database in the same moment', async () => {
    const opened = await Promise.allSettled(
      Array.from({ length: 4 }, () => openTestDatabase({ settings: settings() })),
    );
    for (const one of opened) if (one.status === 'fulfilled') await one.value.close();
    expect(opened.map((one) => (one.status === 'rejected' ? String(one.reason) : 'open'))).toEqual(
      Array<string>(4).fill('open'),
    );
  });

  it('refuse a write with UNAVAILABLE where another one holds what it needs for longer than 5 s', async () => {
    const test = await openTestDatabase({ settings: settings() });
    await other.query('BEGIN');
    await other.query('UPDATE "ledger" SET "seq" = "seq"');
    const refused = await test.database
      .write(async (write) => {
        await write.manager.insert(KeyCanary, { keyId: 'a', box: 'box' });
        write.event({ type: 'thing.changed', connectionId: null, payload: {} });
      })
      .then(
        () => null,
        (error: unknown) => error as AppError,
      );
    await other.query('ROLLBACK');
    expect(refused?.code).toBe('UNAVAILABLE');
    expect(await test.database.read.count(KeyCanary)).toBe(0);
    await test.close();
  }, 20_000);
});
