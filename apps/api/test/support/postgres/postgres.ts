import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { describe } from '@jest/globals';
import pg from 'pg';

/** A database that nothing else uses. */
export interface DisposableDatabase {
  /** In the form of DATABASE_URL. */
  readonly url: string;
  /** Cuts the connections that are still open, and removes it. */
  drop(): Promise<void>;
}

/** One kind of database that the product runs on. */
export interface TestDatabaseKind {
  readonly name: 'sqlite' | 'postgres';
  create(): Promise<DisposableDatabase>;
}

/** Starts the run's PostgreSQL at the first call of the run; later calls find it there. */
async function serverUrl(): Promise<string> {
  const door = process.env['INTRALLM_TEST_POSTGRES_DOOR'];
  if (door === undefined) throw new Error('postgres-setup.js is not the globalSetup of this Jest project.');
  const answer = (await json(connect(door))) as { url?: string; error?: string };
  if (answer.url === undefined) throw new Error(answer.error);
  return answer.url;
}

async function execute(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: `${server}/postgres` });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** An empty PostgreSQL database. */
export async function createDatabase(): Promise<DisposableDatabase> {
  const server = await serverUrl();
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await execute(server, `CREATE DATABASE ${name} TEMPLATE template0`);
  return {
    url: `${server}/${name}`,
    drop: () => execute(server, `DROP DATABASE ${name} WITH (FORCE)`),
  };
}

function createFile(): Promise<DisposableDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'intrallm-sqlite-'));
  return Promise.resolve({
    url: `sqlite:${join(folder, 'intrallm.db')}`,
    drop: () => {
      rmSync(folder, { recursive: true, force: true });
      return Promise.resolve();
    },
  });
}

/** For what has nothing to do with the kind of database. */
export const sqlite: TestDatabaseKind = { name: 'sqlite', create: createFile };

/** Every kind of database that a guarantee has to hold on. */
export const testDatabases: readonly TestDatabaseKind[] = [sqlite, { name: 'postgres', create: createDatabase }];

/** Declares the same tests once for each kind of database; the kind's name stands behind `name`. */
export function describeOnEachDatabase(name: string, tests: (database: TestDatabaseKind) => void): void {
  for (const kind of testDatabases) {
    describe(`${name} (${kind.name})`, () => tests(kind));
  }
}
