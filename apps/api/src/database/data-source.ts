import { DataSource, type DataSourceOptions, type EntityTarget, type ObjectLiteral } from 'typeorm';
import { parsePostgresUrl } from '../config/database-url.js';
import type { Config } from '../config.js';
import type { Logger } from '../log/logger.js';
import { migrations } from './migrations/index.js';
import { impatientClient } from './postgres-client.js';
import { Sqlite } from './sqlite-driver.js';
import { prepareSqliteFile } from './sqlite-file.js';
import type { Ledger } from './write.js';

export interface DatabaseOptions {
  readonly database: Config['database'];
  readonly entities: readonly EntityTarget<ObjectLiteral>[];
  readonly ledger: Ledger;
  /** Called after each commit that stored events, with the number of the last one. */
  readonly announce: (lastEvent: number) => void;
  /** Is also told of files that others can read, and of those that are gone. */
  readonly logger: Logger;
  /** Writes that may be under way or wait at a time. Default 1,000. */
  readonly maxWrites?: number;
}

interface SqliteHandle {
  pragma(text: string): unknown;
}

/** How long a statement blocks the thread on a locked SQLite file: at start, and a reader in the rare case. */
const SQLITE_BUSY_MS = 250;
/** Waiting for PostgreSQL, or for one of the pool's connections to it, ends after this long. */
const POSTGRES_CONNECT_MS = 5_000;
/**
 * A write gives up on a row that another process holds after this long; that process may have been stopped in the
 * middle.
 */
const POSTGRES_LOCK_MS = 4_000;
/** A statement ends after this long. */
const POSTGRES_STATEMENT_MS = 4_500;
/**
 * A connection on which PostgreSQL says nothing to a statement for this long is dead: longer than a statement may take.
 */
const POSTGRES_SILENCE_MS = 5_000;
/** A process that was stopped or cut off in the middle of a write loses it after this long, and with it its rows. */
const POSTGRES_IDLE_MS = 6_000;
/** Connections that nobody uses are closed after this long: nobody would notice that they are dead. */
const POSTGRES_UNUSED_MS = 5_000;
/** Any number that nothing else locks: who migrates holds it. */
const POSTGRES_MIGRATION_LOCK = 7_364_192;

/** Connects the writer, migrates, then connects the reader, which the database itself keeps from writing. */
export async function createDataSources(options: DatabaseOptions): Promise<{ writer: DataSource; reader: DataSource }> {
  const { database, logger } = options;
  if (database.kind === 'postgres') await migratePostgres(options);
  else {
    prepareSqliteFile(database.file, (place) => {
      logger.warn(
        { place },
        'other users of this machine can read this file of the database, and that cannot be changed',
      );
    });
  }
  const writer = new DataSource(dataSourceOptions(options, 'writer'));
  await writer.initialize();
  try {
    if (options.database.kind === 'sqlite') await writer.runMigrations();
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

/**
 * Of several processes that start at once on PostgreSQL one migrates; the others wait for it, however long it takes. It
 * has connections of its own, whose statements may take as long as they need.
 */
async function migratePostgres(options: DatabaseOptions): Promise<void> {
  const migrator = new DataSource(dataSourceOptions(options, 'migrator'));
  await migrator.initialize();
  try {
    const holder = migrator.createQueryRunner();
    await holder.query(`SELECT pg_advisory_lock(${POSTGRES_MIGRATION_LOCK})`);
    // Where this fails, the lock ends with the connection: nobody starts on such a database.
    await migrator.runMigrations();
    await holder.query(`SELECT pg_advisory_unlock(${POSTGRES_MIGRATION_LOCK})`);
    await holder.release();
  } finally {
    await migrator.destroy();
  }
}

type Role = 'migrator' | 'writer' | 'reader';

function postgresOptions(url: string, role: Role) {
  const statements = { statement_timeout: POSTGRES_STATEMENT_MS };
  const session = {
    migrator: {},
    writer: {
      ...statements,
      lock_timeout: POSTGRES_LOCK_MS,
      idle_in_transaction_session_timeout: POSTGRES_IDLE_MS,
    },
    reader: { ...statements, default_transaction_read_only: 'on' },
  }[role];
  const options = Object.entries(session).map(([name, value]) => `-c ${name}=${String(value)}`);
  const pool = {
    max: { migrator: 2, writer: 4, reader: 8 }[role],
    connectionTimeoutMillis: POSTGRES_CONNECT_MS,
    idleTimeoutMillis: POSTGRES_UNUSED_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: POSTGRES_UNUSED_MS,
    ...(role === 'migrator' ? {} : { Client: impatientClient(POSTGRES_SILENCE_MS) }),
  };
  // Part by part: TypeORM's own reading of a URL forgets sslmode, and takes an IPv6 address apart.
  const { ssl, ...place } = parsePostgresUrl(url);
  return { type: 'postgres' as const, ...place, ssl, extra: { ...pool, options: options.join(' ') } };
}

function dataSourceOptions({ database, entities }: DatabaseOptions, role: Role): DataSourceOptions {
  const shared = {
    entities: [...entities] as (new () => object)[],
    migrations,
    migrationsTransactionMode: 'each' as const,
    synchronize: false,
    logging: false,
  };
  if (database.kind === 'postgres') return { ...shared, ...postgresOptions(database.url, role) };
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
