import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../clock.js';
import type { Database } from '../../database/database.js';
import { isDatabaseTrouble } from '../../errors.js';
import type { Logger } from '../../log/logger.js';
import { LabelTree } from '../../metrics/label-tree.js';
import { GRAIN_MS } from '../grains.js';
import { storeBatch } from './usage-store.js';
import { addRequest, noSums, toRows, type Key, type Row, type UsageRecord } from './usage-sums.js';

/** Different minutes, callers, models and connections that may wait to be stored. */
const MAX_KEYS = 10_000;
/** Stored in one write: others wait for it meanwhile, on SQLite the whole process. */
const KEYS_OF_A_BATCH = 200;
/** In characters. The key of a row is in an index, and PostgreSQL has no room there for longer ones. */
const LONGEST_MODEL = 500;

interface Options {
  readonly database: Pick<Database, 'kind' | 'write'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default 10,000. */
  readonly maxKeys?: number;
  /** Default 2 s: what a process that is killed may lose. */
  readonly flushEveryMs?: number;
}

interface Waiting {
  readonly key: Key;
  readonly sums: number[];
  requests: number;
}

/** On its way to the database; tried again as it is until it is there. */
interface Batch {
  readonly number: number;
  readonly keys: number;
  readonly requests: number;
  readonly rows: readonly Row[];
}

/**
 * Collects what requests to models used, and stores it in batches. Memory is bounded by the number of different keys;
 * each request adds to one of them, so that their number does not matter. Any number of processes add to the same rows.
 */
export class UsageRecorder {
  readonly #recorderId = randomUUID();
  readonly #waiting = new LabelTree<Waiting>();
  readonly #maxKeys: number;
  #batch: Batch | null = null;
  #lastNumber = 0;
  #stopTimer: (() => void) | null = null;
  #flushing: Promise<void> = Promise.resolve();
  #dropped = 0;
  #written = 0;
  #failures = 0;

  constructor(private readonly options: Options) {
    this.#maxKeys = options.maxKeys ?? MAX_KEYS;
  }

  /** Keys that wait to be stored. */
  get pending(): number {
    return this.#waiting.size + (this.#batch?.keys ?? 0);
  }

  /** Requests that are in no sum, because there was no room for them or the database refused them. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Rows that were stored. */
  get written(): number {
    return this.#written;
  }

  /** Tries to store that failed. */
  get failures(): number {
    return this.#failures;
  }

  /** Flushes from now on. */
  start(): void {
    this.#tick();
  }

  /**
   * Ends the timer and stores what is there. What the database does not take now is lost, and the log says how much.
   */
  async stop(): Promise<void> {
    this.#stopTimer?.();
    this.#stopTimer = null;
    // Requests that were just cut tell of their end in this turn.
    await nextTurn();
    await this.flush();
    if (this.pending === 0) return;
    const waiting = [...this.#waiting.entries()].map(([, { requests }]) => requests);
    const requests = waiting.reduce((sum, one) => sum + one, this.#batch?.requests ?? 0);
    this.options.logger.error({ requests }, 'usage could not be stored before the end and is lost');
  }

  /** Cheap, synchronous, and never throws: it is called for every request. */
  record(request: UsageRecord): void {
    const { userId } = request;
    const minute = Math.floor(request.at / GRAIN_MS.MINUTE);
    const connectionId = request.connectionId ?? '';
    const tokenId = request.tokenId ?? '';
    const model = shortened(request.model ?? '');
    const key = [minute, connectionId, userId, tokenId, model] as const;
    let waiting = this.#waiting.get(key);
    if (waiting === undefined) {
      if (this.pending >= this.#maxKeys) {
        this.#dropped += 1;
        return;
      }
      waiting = { key: { minute, connectionId, model, userId, tokenId }, sums: noSums(), requests: 0 };
      this.#waiting.set(key, waiting);
    }
    waiting.requests += 1;
    addRequest(waiting.sums, request);
  }

  /** Stores what was recorded up to now. Never rejects: what cannot be stored waits for the next time. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#store());
    return this.#flushing;
  }

  #tick(): void {
    this.#stopTimer = this.options.clock.after(this.options.flushEveryMs ?? 2_000, () => {
      this.#tick();
      void this.flush();
    });
  }

  async #store(): Promise<void> {
    // As many batches as what is there now fills: requests that go on coming in are for the next time.
    for (let left = this.pending; left > 0;) {
      this.#batch ??= this.#nextBatch();
      const batch = this.#batch;
      if (batch === null || !(await this.#storeBatch(batch))) return;
      this.#batch = null;
      left -= batch.keys;
      if (left > 0) await nextTurn();
    }
  }

  #nextBatch(): Batch | null {
    const taken: Waiting[] = [];
    for (const [key, waiting] of this.#waiting.entries()) {
      if (taken.length === KEYS_OF_A_BATCH) break;
      taken.push(waiting);
      this.#waiting.delete(key);
    }
    if (taken.length === 0) return null;
    this.#lastNumber += 1;
    return {
      number: this.#lastNumber,
      keys: taken.length,
      requests: taken.reduce((sum, { requests }) => sum + requests, 0),
      rows: toRows(taken.map(({ key, sums }) => [key, sums] as const)),
    };
  }

  /** False: it is to be tried again. */
  async #storeBatch({ number, requests, rows }: Batch): Promise<boolean> {
    const { database, logger } = this.options;
    try {
      await storeBatch(database, { recorderId: this.#recorderId, number }, rows);
      this.#written += rows.length;
      return true;
    } catch (error) {
      this.#failures += 1;
      if (isDatabaseTrouble(error)) {
        logger.warn({ err: error, requests }, 'usage could not be stored, it is kept for the next time');
        return false;
      }
      // It would be refused for ever, and everything behind it would wait.
      this.#dropped += requests;
      logger.error({ err: error, requests }, 'the database refused usage, it is given up');
      return true;
    }
  }
}

const shortened = (model: string): string => (model.length > LONGEST_MODEL ? model.slice(0, LONGEST_MODEL) : model);
