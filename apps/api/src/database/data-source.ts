import { DataSource, type DataSourceOptions, type EntityTarget, type ObjectLiteral } from 'typeorm';
import type { Config } from '../config.js';
import type { Ledger } from './write.js';
import { migrations } from './migrations/index.js';
import { Sqlite } from './sqlite-driver.js';

export interface DatabaseOptions {
  readonly database: Config['database'];
  readonly entities: readonly EntityTarget<ObjectLiteral>[];
  readonly ledger: Ledger;
  /** Called after each commit that stored events, with the number of the last one. */
  readonly announce: (lastEvent: number) => void;
}

interface SqliteHandle {
  pragma(text: string): unknown;
}

/** How long a statement blocks the thread on a locked SQLite file: at start, and a reader in the rare case. */
const SQLITE_BUSY_MS = 250;
/** Waiting for PostgreSQL, or for one of the pool's connections to it, ends after this long. */
const POSTGRES_CONNECT_MS = 5_000;

/** Connects the writer, migrates, then connects the reader, which the database itself keeps from writing. */
export async function createDataSources(options: DatabaseOptions): Promise<{ writer: DataSource; reader: DataSource }> {
  const writer = new DataSource(dataSourceOptions(options, 'writer'));
  await writer.initialize();
  try {
    await writer.runMigrations();
    // From here on the write path waits for a locked file, between statements and without holding the thread.
    if (options.database.kind === 'sqlite') await writer.query('PRAGMA busy_timeout = 0');
    const reader = new DataSource(dataSourceOptions(options, 'reader'));
    await reader.initialize();
    return { writer, reader };
  } catch (error) {
    await writer.destroy();
    throw error;
  }
}

function dataSourceOptions({ database, entities }: DatabaseOptions, role: 'writer' | 'reader'): DataSourceOptions {
  const shared = {
    entities: [...entities] as (new () => object)[],
    migrations,
    migrationsTransactionMode: 'each' as const,
    synchronize: false,
    logging: false,
  };
  if (database.kind === 'postgres') {
    const readOnly = role === 'reader' ? { options: '-c default_transaction_read_only=on' } : {};
    const pool = { max: role === 'reader' ? 8 : 4, connectionTimeoutMillis: POSTGRES_CONNECT_MS };
    return { ...shared, type: 'postgres', url: database.url, extra: { ...pool, ...readOnly } };
  }
  return {
    ...shared,
    type: 'better-sqlite3',
    driver: Sqlite,
    database: database.file,
    readonly: role === 'reader',
    timeout: SQLITE_BUSY_MS,
    enableWAL: role === 'writer',
    prepareDatabase: (handle: SqliteHandle) => {
      if (role === 'writer') handle.pragma('synchronous = FULL');
      handle.pragma('cache_size = -32768');
    },
  };
}
