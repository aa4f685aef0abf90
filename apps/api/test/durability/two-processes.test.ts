import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { parseDatabaseUrl } from '../../src/config.js';
import { lockConnection } from '../../src/connections/connection-store.js';
import type { AppError } from '../../src/errors.js';
import { Model } from '../../src/models/model.entity.js';
import { KeyCanary } from '../../src/secrets/key-canary.entity.js';
import { eventually, startTestApp } from '../support/app.js';
import { openTestDatabase } from '../support/database.js';
import { createDatabase, type DisposableDatabase } from '../support/postgres/postgres.js';
import { thingChanged } from '../support/thing-event.js';
import { admin, discovered, openWorkspace } from '../support/workspace.js';

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
        write.event(thingChanged());
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

  it('keep the capabilities that an administrator sets while a discovery is being stored', async () => {
    const [one, two] = [await openWorkspace({ settings: settings() }), await openWorkspace({ settings: settings() })];
    const connection = await one.link();
    await one.discover(connection, [discovered('llama')]);
    const [model] = await one.models.list(admin());
    const waiters = async () => {
      const { rows } = await other.query('SELECT 1 FROM pg_locks WHERE NOT granted');
      return rows.length;
    };
    let set: Promise<unknown> = Promise.resolve();
    await one.database.write(async (write) => {
      await lockConnection(write, connection.id);
      const found = write.manager.find.bind(write.manager);
      write.manager.find = (async (...args: Parameters<typeof found>) => {
        const rows = await found(...args);
        let isSet = false as boolean;
        set = two.models.setCapabilities(admin(), model!.id, ['VISION']).then(() => (isSet = true));
        // It is done, or it waits for us.
        while (!isSet && (await waiters()) === 0) await new Promise((resolve) => setImmediate(resolve));
        return rows;
      }) as never;
      await one.catalogue.applyDiscovery(write, connection, [discovered('llama', { contextLength: 4096 })]);
    });
    await set;
    expect(await one.database.read.findOneBy(Model, { id: model!.id })).toMatchObject({
      contextLength: 4096,
      setCapabilities: ['VISION'],
    });
    await one.close();
    await two.close();
  });

  it('forget kept answers when another one changed what is in them', async () => {
    const kind = {
      name: 'postgres' as const,
      create: () => Promise.resolve({ url: stored.url, drop: async () => {} }),
    };
    const one = await startTestApp({ kind });
    const two = await startTestApp({ kind });
    const [here, there] = [await one.admin(), await two.admin()];
    const names = async () =>
      (await there.data<{ connections: { name: string }[] }>('{ connections { name } }')).connections.length;
    // Twice, so that the second is the kept one.
    expect([await names(), await names()]).toEqual([0, 0]);
    await here.data('mutation ($input: AddConnectionInput!) { addConnection(input: $input) { id } }', {
      input: { kind: 'OPENAI', url: 'http://127.0.0.1:9/v1', enabled: false },
    });
    await eventually(names, (count) => count === 1, 8_000);
    await one.close();
    await two.close();
  }, 30_000);
});
