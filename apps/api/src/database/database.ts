import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { AppError } from '../errors.js';
import type { NewEvent } from '../events/event-payloads.js';
import type { Logger } from '../log/logger.js';
import { createDataSources, type DatabaseOptions } from './data-source.js';
import { isBusy, translateDatabaseError } from './database-error.js';
import { FileWatch } from './file-watch.js';
import type { Ledger, NewAuditEntry, Write } from './write.js';

// Invariant: every write goes through `write`, one transaction with its audit entries and events, announced after the
// commit. On SQLite all of TypeORM shares one connection, so an overlapping write would join the open transaction and
// be lost with it: writes wait for each other, and reads use a second, read-only connection that sees committed state
// alone. docs/decisions/0005-write-path-and-ledger.md has the whole reasoning.

const LOCK_WAIT_MS = 5_000;
const LOCK_RETRY_MS = 20;
/** Writes under way and waiting for their turn. What they hold in memory is theirs until then. */
const MAX_WRITES = 1_000;

/** What may be done outside a write: the database itself refuses anything else on this connection. */
export type Reader = Pick<
  EntityManager,
  | 'find'
  | 'findBy'
  | 'findOne'
  | 'findOneBy'
  | 'count'
  | 'countBy'
  | 'exists'
  | 'existsBy'
  | 'createQueryBuilder'
  | 'query'
>;

export class Database {
  readonly kind: 'sqlite' | 'postgres';
  readonly #writer: DataSource;
  readonly #reader: DataSource;
  readonly #ledger: Ledger;
  readonly #announce: (lastEvent: number) => void;
  readonly #logger: Logger;
  readonly #maxWrites: number;
  readonly #inWrite = new AsyncLocalStorage<boolean>();
  /** Null on PostgreSQL. */
  readonly #files: FileWatch | null;
  #writes = 0;
  /** Those that wait included. */
  #asked = 0;
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(sources: { writer: DataSource; reader: DataSource }, options: DatabaseOptions) {
    this.kind = options.database.kind;
    this.#writer = sources.writer;
    this.#reader = sources.reader;
    this.#ledger = options.ledger;
    this.#announce = options.announce;
    this.#logger = options.logger;
    this.#maxWrites = options.maxWrites ?? MAX_WRITES;
    const { database, logger } = options;
    this.#files =
      database.kind === 'postgres'
        ? null
        : new FileWatch(database.file, (file) => {
            logger.error({ file }, 'a file of the database was removed or replaced: nothing is written from now on');
          });
  }

  /** Connects and migrates. Throws where the database cannot be reached or belongs to a newer version. */
  static async open(options: DatabaseOptions): Promise<Database> {
    return new Database(await createDataSources(options), options);
  }

  /** Committed state only. */
  get read(): Reader {
    return this.#reader.manager;
  }

  /** The writer's data source, for the standing tests on schema drift. */
  get dataSource(): DataSource {
    return this.#writer;
  }

  /**
   * Runs `work` in one transaction and gives its result once that is committed. When `work` throws, nothing is kept and
   * nothing announced. No network call belongs inside: on SQLite every other write waits meanwhile. Writes do not nest.
   * Throws UNAVAILABLE where the database is locked for longer than 5 s, full, out of reach, or its file is gone, and
   * OVERLOADED where too many writes wait already.
   */
  async write<T>(work: (write: Write) => Promise<T>): Promise<T> {
    if (this.#inWrite.getStore() === true) throw new Error('a write was started inside a write');
    if (this.#asked >= this.#maxWrites) {
      const message = 'Too many changes wait for the database. Try again in a moment.';
      throw new AppError('OVERLOADED', message, { retryAfterMs: 1_000 });
    }
    this.#asked += 1;
    try {
      return await this.#inTurn(work);
    } finally {
      this.#asked -= 1;
    }
  }

  async #inTurn<T>(work: (write: Write) => Promise<T>): Promise<T> {
    // Counted from now, not from the turn: behind a locked file nobody waits for the patience of those before, too.
    const deadline = performance.now() + LOCK_WAIT_MS;
    const run = () => this.#watched(() => this.#transact(work, deadline));
    if (this.kind === 'postgres') return run();
    const turn = this.#queue.then(run);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  /** Resolves when the database answers; throws UNAVAILABLE when not, and once its file is gone. */
  async ping(): Promise<void> {
    this.#files?.require();
    try {
      await this.#reader.query('SELECT 1');
    } catch (error) {
      throw translateDatabaseError(error);
    }
  }

  /** Waits for the write under way, then disconnects. */
  async close(): Promise<void> {
    this.#files?.stop();
    await this.#queue;
    await this.#reader.destroy();
    await this.#writer.destroy();
  }

  /**
   * Until Node.js 24, following who called whom slows every promise of the process: done while a write is under way
   * only.
   */
  async #watched<T>(transact: () => Promise<T>): Promise<T> {
    this.#writes += 1;
    try {
      return await this.#inWrite.run(true, transact);
    } finally {
      this.#writes -= 1;
      if (this.#writes === 0) this.#inWrite.disable();
    }
  }

  async #transact<T>(work: (write: Write) => Promise<T>, deadline: number): Promise<T> {
    this.#files?.require();
    const audit: NewAuditEntry[] = [];
    const events: NewEvent[] = [];
    const afterwards: (() => void)[] = [];
    let lastEvent: number | null = null;
    const runner = this.#writer.createQueryRunner();
    let result: T;
    try {
      await this.#begin(runner, deadline);
      try {
        const now = new Date();
        result = await work({
          manager: runner.manager,
          now,
          audit: (entry) => void audit.push(entry),
          event: (event) => void events.push(event),
          afterCommit: (action) => void afterwards.push(action),
        });
        if (audit.length > 0 || events.length > 0) {
          lastEvent = await this.#ledger.append(runner.manager, { audit, events });
        }
        await runner.commitTransaction();
      } catch (error) {
        await this.#rollBack(runner);
        throw error;
      }
    } catch (error) {
      throw translateDatabaseError(error);
    } finally {
      await runner.release();
    }
    // Whoever hears of the commit may start work of its own, writes included: that is no longer inside this one.
    this.#inWrite.run(false, () => {
      for (const action of afterwards) this.#tryAfterCommit(action);
      const last = lastEvent;
      if (last !== null) this.#tryAfterCommit(() => this.#announce(last));
    });
    return result;
  }

  /**
   * It is committed: what fails now cannot take it back, and must keep neither the others nor the caller from knowing.
   */
  #tryAfterCommit(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#logger.error({ err: error }, 'what follows a committed write failed');
    }
  }

  /** Never throws: what made the rollback necessary is the error to be told. */
  async #rollBack(runner: QueryRunner): Promise<void> {
    try {
      await runner.rollbackTransaction();
    } catch {
      // SQLite ends the transaction by itself when its disk is full. An empty one in its place lets TypeORM, which
      // believes it still open, come back to order. A PostgreSQL connection that fails here is gone, and its
      // transaction too.
      if (this.kind === 'postgres') return;
      await runner.query('BEGIN');
      await runner.rollbackTransaction();
    }
  }

  /**
   * Opens the transaction. On SQLite its first statement writes, because one that reads first can fail later with
   * SQLITE_BUSY_SNAPSHOT beside a second process, whatever the busy timeout; waiting for that process happens here,
   * without blocking the thread.
   */
  async #begin(runner: QueryRunner, deadline: number): Promise<void> {
    for (;;) {
      await runner.startTransaction();
      if (this.kind === 'postgres') return;
      try {
        await runner.query('UPDATE "ledger" SET "seq" = "seq"');
        return;
      } catch (error) {
        await runner.rollbackTransaction();
        if (!isBusy(error) || performance.now() >= deadline) throw error;
        await delay(LOCK_RETRY_MS);
      }
    }
  }
}
