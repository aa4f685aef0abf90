import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import type { Check } from '@intrallm/providers';
import type { Clock } from '../../clock.js';
import type { ConnectionStatus } from '../../connections/health/connection-health.entity.js';
import { before, since } from '../../database/columns.js';
import type { Database } from '../../database/database.js';
import { inChunks } from '../../lib/chunks.js';
import type { Logger } from '../../log/logger.js';
import { addLatency, addTime, emptyHalfHour, HALF_HOUR_MS, halfHourOf, type HalfHour } from './half-hours.js';
import { HealthBucket } from './health-bucket.entity.js';
import { HealthSample } from './health-sample.entity.js';
import { forgetSamplesOfGone, pruneSamples } from './sample-retention.js';

/** How long buckets are kept: the 8 days that a timeline can show. */
const BUCKETS_KEPT_MS = 8 * 86_400_000;
/** Most samples that wait to be stored; beyond, the oldest are given up. */
const MAX_BUFFERED = 20_000;
/** Half hours of a connection kept in memory while the database is in trouble. */
const MAX_HALF_HOURS = 4;
/** A longer gap between two looks means that this process did not run: nothing is known of that time. */
const MAX_SPAN_MS = 5 * 60_000;
const PRUNE_EVERY_MS = 3_600_000;
const ROWS_AT_ONCE = 100;

interface Kept {
  readonly bucket: HalfHour;
  isDirty: boolean;
}

interface Options {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default 15 s. What is not stored yet is lost with the process and counts as unknown. */
  readonly flushEveryMs?: number;
}

/**
 * Keeps how long each connection was in which state, and its last samples: in memory first, in the database in batches,
 * apart from the write that makes a change known. The half hour under way is whole in memory and overrides its row.
 */
export class HealthRecorder {
  /** `at` on the monotonic clock. */
  readonly #spans = new Map<string, { status: ConnectionStatus; at: number }>();
  readonly #halfHours = new Map<string, Kept[]>();
  readonly #newSincePrune = new Map<string, number>();
  #samples: HealthSample[] = [];
  #stopTimer: (() => void) | null = null;
  #flushing: Promise<void> = Promise.resolve();
  #prunedAt = -Infinity;

  constructor(private readonly options: Options) {}

  /** Takes up the half hour that an earlier run began, and flushes from then on. */
  async start(): Promise<void> {
    const from = since(new Date(halfHourOf(this.options.clock.now())));
    const rows = await this.options.database.read.findBy(HealthBucket, { from });
    for (const row of rows) {
      const bucket = { ...row, from: row.from.getTime(), latencies: [...row.latencies] };
      this.#halfHours.set(row.connectionId, [{ bucket, isDirty: false }]);
    }
    this.#tick();
  }

  /** Ends the timer and stores what is there. */
  async stop(): Promise<void> {
    this.#stopTimer?.();
    this.#stopTimer = null;
    await this.flush();
    this.#spans.clear();
  }

  /** From now on the connection is in that state; up to now it was in the one told before. */
  enter(connectionId: string, status: ConnectionStatus): void {
    this.#account(connectionId);
    this.#spans.set(connectionId, { status, at: this.options.clock.monotonic() });
  }

  /** Nothing is known of it from now on. */
  leave(connectionId: string): void {
    this.#account(connectionId);
    this.#spans.delete(connectionId);
  }

  addSample(connectionId: string, check: Check, at: Date): void {
    const { status, latencyMs, problem } = check;
    this.#samples.push({ id: randomUUID(), connectionId, at, status, latencyMs, problem });
    if (this.#samples.length > MAX_BUFFERED) this.#samples.splice(0, this.#samples.length - MAX_BUFFERED);
    if (latencyMs === null || (status !== 'ONLINE' && status !== 'DEGRADED')) return;
    const kept = this.#keptAt(connectionId, at.getTime());
    addLatency(kept.bucket, latencyMs, () => this.options.clock.random());
    kept.isDirty = true;
  }

  /** The half hours that memory knows better than the database, counted up to now. */
  recent(connectionId: string): readonly HalfHour[] {
    this.#account(connectionId);
    return (this.#halfHours.get(connectionId) ?? []).map(({ bucket }) => bucket);
  }

  /** Samples that are not stored yet, oldest first. */
  buffered(): readonly HealthSample[] {
    return this.#samples;
  }

  /** Stores what is new. Never rejects: what cannot be stored waits for the next time. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#store());
    return this.#flushing;
  }

  #tick(): void {
    this.#stopTimer = this.options.clock.after(this.options.flushEveryMs ?? 15_000, () => {
      this.#tick();
      void this.flush();
    });
  }

  async #store(): Promise<void> {
    const now = this.options.clock.now();
    for (const connectionId of this.#spans.keys()) this.#account(connectionId);
    const dirty = [...this.#halfHours.values()].flat().filter((kept) => kept.isDirty);
    // A copy: what comes in meanwhile may push the oldest out.
    const samples = [...this.#samples];
    const isPruning = this.options.clock.monotonic() - this.#prunedAt >= PRUNE_EVERY_MS;
    if (dirty.length + samples.length === 0 && !isPruning) return;
    for (const kept of dirty) kept.isDirty = false;
    const sampled = this.#countNew(samples);
    try {
      await this.options.database.write(async ({ manager }) => {
        if (isPruning) {
          await manager.delete(HealthBucket, { from: before(new Date(now - BUCKETS_KEPT_MS)) });
          await forgetSamplesOfGone(manager);
        }
        await storeBuckets(
          manager,
          dirty.map(({ bucket }) => bucket),
        );
        await storeSamples(manager, samples);
        await pruneSamples(manager, sampled.toPrune);
      });
      const stored = new Set(samples);
      this.#samples = this.#samples.filter((sample) => !stored.has(sample));
      sampled.settle();
      if (isPruning) this.#prunedAt = this.options.clock.monotonic();
    } catch (error) {
      for (const kept of dirty) kept.isDirty = true;
      this.options.logger.warn(
        { err: error, samples: samples.length },
        'health could not be stored, it is kept for the next time',
      );
    }
    this.#forgetPast(now);
  }

  /** Which connections have gathered enough samples that old ones are due to go. */
  #countNew(samples: readonly HealthSample[]): { toPrune: string[]; settle: () => void } {
    const counts = new Map<string, number>();
    for (const { connectionId } of samples) counts.set(connectionId, (counts.get(connectionId) ?? 0) + 1);
    const totals = [...counts].map(([id, count]) => [id, count + (this.#newSincePrune.get(id) ?? 0)] as const);
    const toPrune = totals.filter(([, total]) => total >= 20).map(([id]) => id);
    const settle = (): void => {
      for (const [id, total] of totals) this.#newSincePrune.set(id, total);
      for (const id of toPrune) this.#newSincePrune.delete(id);
    };
    return { toPrune, settle };
  }

  #account(connectionId: string): void {
    const span = this.#spans.get(connectionId);
    if (span === undefined) return;
    const until = this.options.clock.monotonic();
    const passedMs = until - span.at;
    if (passedMs <= MAX_SPAN_MS) {
      // As much as passed, and up to the time of day as it is now: it may have been set meanwhile.
      const now = this.options.clock.now();
      for (let at = now - passedMs; at < now;) {
        const end = Math.min(now, halfHourOf(at) + HALF_HOUR_MS);
        const kept = this.#keptAt(connectionId, at);
        const { knownMs } = kept.bucket;
        addTime(kept.bucket, span.status, end - at);
        if (kept.bucket.knownMs !== knownMs) kept.isDirty = true;
        at = end;
      }
    }
    span.at = until;
  }

  #keptAt(connectionId: string, at: number): Kept {
    const from = halfHourOf(at);
    const all = this.#halfHours.get(connectionId) ?? [];
    const found = all.find(({ bucket }) => bucket.from === from);
    if (found !== undefined) return found;
    const kept = { bucket: emptyHalfHour(connectionId, from), isDirty: false };
    this.#halfHours.set(connectionId, [...all, kept].slice(-MAX_HALF_HOURS));
    return kept;
  }

  #forgetPast(now: number): void {
    const current = halfHourOf(now);
    for (const [connectionId, all] of this.#halfHours) {
      const left = all.filter(({ bucket, isDirty }) => isDirty || bucket.from >= current);
      if (left.length === 0) this.#halfHours.delete(connectionId);
      else if (left.length < all.length) this.#halfHours.set(connectionId, left);
    }
  }
}

async function storeBuckets(manager: EntityManager, buckets: readonly HalfHour[]): Promise<void> {
  for (const some of inChunks(buckets, ROWS_AT_ONCE)) {
    const rows = some.map((bucket) => ({ ...bucket, from: new Date(bucket.from) }));
    await manager.upsert(HealthBucket, rows, ['connectionId', 'from']);
  }
}

/** By their ids: an earlier commit may have stored some although its answer was lost. */
async function storeSamples(manager: EntityManager, samples: readonly HealthSample[]): Promise<void> {
  for (const some of inChunks(samples, ROWS_AT_ONCE)) await manager.upsert(HealthSample, some, ['id']);
}
