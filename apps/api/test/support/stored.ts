import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from '@jest/globals';
import pg from 'pg';
import { Sqlite } from '../../src/database/sqlite-driver.js';

/** What stands in a database, read beside the product by a connection of its own. */
export async function query<T>(databaseUrl: string, sql: string): Promise<T[]> {
  if (databaseUrl.startsWith('sqlite:')) {
    const file = new Sqlite(databaseUrl.slice('sqlite:'.length), { readonly: true });
    try {
      return file.prepare(sql).all() as T[];
    } finally {
      file.close();
    }
  }
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query(sql)).rows as T[];
  } finally {
    await client.end();
  }
}

/** All that is stored, as text: the files of SQLite with the write-ahead log, or every row of every table. */
export async function storedText(databaseUrl: string): Promise<string> {
  if (databaseUrl.startsWith('sqlite:')) {
    const folder = path.dirname(databaseUrl.slice('sqlite:'.length));
    return readdirSync(folder)
      .map((file) => readFileSync(path.join(folder, file), 'latin1'))
      .join('');
  }
  const tables = await query<{ name: string }>(
    databaseUrl,
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'",
  );
  const texts: string[] = [];
  for (const { name } of tables) {
    const rows = await query<{ text: string }>(databaseUrl, `SELECT t::text AS text FROM "${name}" t`);
    texts.push(...rows.map(({ text }) => text));
  }
  return texts.join('\n');
}

interface Stored {
  readonly id: string;
  readonly version: number;
  readonly apiKeyPreview: string | null;
}

/**
 * Causes of the announcements of what administrators do, each of which raises the version by one, and their entries.
 */
const ACTION_OF: Readonly<Record<string, string>> = {
  ADDED: 'connection.added',
  EDITED: 'connection.updated',
  TOGGLED: 'connection.toggled',
};

/**
 * Nothing is half written: each connection has its health and its sealed key, and each change of it left the row, the
 * audit entry and the announcement together; nothing of these stands alone. For connections that were not removed.
 */
export async function expectNothingHalfWritten(databaseUrl: string): Promise<void> {
  const connections = await query<Stored>(
    databaseUrl,
    'SELECT "id", "version", "apiKeyPreview" FROM "connection" WHERE "managedBy" = \'ADMIN\' ORDER BY "id"',
  );
  const healths = await query<{ id: string }>(
    databaseUrl,
    'SELECT "connectionId" AS "id" FROM "connection_health" ORDER BY "connectionId"',
  );
  expect(healths.map(({ id }) => id).sort()).toEqual(connections.map(({ id }) => id).sort());
  const secrets = await query<{ id: string }>(databaseUrl, 'SELECT "connectionId" AS "id" FROM "secret"');
  const withKey = connections.filter(({ apiKeyPreview }) => apiKeyPreview !== null);
  expect(secrets.map(({ id }) => id).sort()).toEqual(withKey.map(({ id }) => id).sort());

  const entries = await query<{ id: string; action: string }>(
    databaseUrl,
    'SELECT "targetId" AS "id", "action" FROM "audit_entry" WHERE "targetType" = \'connection\'',
  );
  const audited = entries
    .filter(({ action }) => Object.values(ACTION_OF).includes(action))
    .map(({ id, action }) => `${id} ${action}`);
  const events = await query<{ id: string; payload: string }>(
    databaseUrl,
    'SELECT "connectionId" AS "id", "payload" FROM "event" WHERE "type" = \'connection.changed\'',
  );
  const announced = events.flatMap(({ id, payload }) => {
    const action = ACTION_OF[(JSON.parse(payload) as { cause: string }).cause];
    return action === undefined ? [] : [`${id} ${action}`];
  });
  expect(announced.sort()).toEqual(audited.sort());
  const changesOf = new Map<string, number>();
  for (const { id, action } of entries) {
    if (Object.values(ACTION_OF).includes(action)) changesOf.set(id, (changesOf.get(id) ?? 0) + 1);
  }
  expect(Object.fromEntries(changesOf)).toEqual(Object.fromEntries(connections.map((one) => [one.id, one.version])));
}
