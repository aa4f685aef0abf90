import { DataSource, type DataSourceOptions, type EntityTarget, type ObjectLiteral } from 'typeorm';
import type { Config } from '../config.js';
import { parsePostgresUrl } from '../config/database-url.js';
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
/** A write gives up on a row that another process holds after this long; that process may have been stopped in the middle. */
const POSTGRES_LOCK_MS = 5_000;
/** A process that was stopped in the middle of a write loses it after this long, and with it its rows. */
const POSTGRES_IDLE_MS = 30_000;
/** Any number that nothing else locks: who migrates holds it. */
const POSTGRES_MIGRATION_LOCK = 7_364_192;

/** Connects the writer, migrates, then connects the reader, which the database itself keeps from writing. */
export async function createDataSources(options: DatabaseOptions): Promise<{ writer: DataSource; reader: DataSource }> {
  const writer = new DataSource(dataSourceOptions(options, 'writer'));
  await writer.initialize();
  try {
    await migrate(writer, options.database.kind);
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

/** Of several processes that start at once on PostgreSQL one migrates; the others wait for it, however long it takes. */
async function migrate(writer: DataSource, kind: Config['database']['kind']): Promise<void> {
  if (kind === 'sqlite') {
    await writer.runMigrations();
    return;
  }
  const holder = writer.createQueryRunner();
  await holder.query('SET lock_timeout = 0');
  await holder.query(`SELECT pg_advisory_lock(${POSTGRES_MIGRATION_LOCK})`);
  // Where this fails, the lock ends with the connection: nobody starts on such a database.
  await writer.runMigrations();
  await holder.query(`SELECT pg_advisory_unlock(${POSTGRES_MIGRATION_LOCK})`);
  await holder.query('RESET lock_timeout');
  await holder.release();
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
    const limits = { lock_timeout: POSTGRES_LOCK_MS, idle_in_transaction_session_timeout: POSTGRES_IDLE_MS };
    const session = role === 'reader' ? { default_transaction_read_only: 'on' } : limits;
    const options = Object.entries(session).map(([name, value]) => `-c ${name}=${value}`);
    const pool = { max: role === 'reader' ? 8 : 4, connectionTimeoutMillis: POSTGRES_CONNECT_MS };
    // Part by part: TypeORM's own reading of a URL forgets sslmode, and takes an IPv6 address apart.
    const { ssl, ...place } = parsePostgresUrl(database.url);
    const extra = { ...pool, options: options.join(' ') };
    return { ...shared, type: 'postgres', ...place, ssl, extra };
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
