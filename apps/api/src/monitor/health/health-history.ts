import type { Problem } from '@intrallm/providers';
import { systemClock, type Clock } from '../../clock.js';
import type { ConnectionStatus } from '../../connections/health/connection-health.entity.js';
import { instant } from '../../database/columns.js';
import type { Database } from '../../database/database.js';
import { HALF_HOUR_MS, median, worseOf, type HalfHour } from './half-hours.js';
import type { HealthRecorder } from './health-recorder.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A part of a timeline. Nulls: nothing is known of it. */
export interface TimelineBucket {
  readonly from: Date;
  readonly to: Date;
  readonly worst: ConnectionStatus | null;
  readonly upShare: number | null;
  readonly p50LatencyMs: number | null;
}

export interface Sample {
  readonly at: Date;
  readonly status: ConnectionStatus;
  readonly latencyMs: number | null;
  readonly problem: Problem | null;
}

interface Options {
  readonly database: Database;
  readonly recorder: HealthRecorder;
  readonly clock?: Clock;
}

/** What health was: of many connections in one statement, up to this moment. */
export class HealthHistory {
  readonly #clock: Clock;

  constructor(private readonly options: Options) {
    this.#clock = options.clock ?? systemClock;
  }

  /** Half hours of these connections that reach into the last `hours`, oldest first. */
  async halfHours(connectionIds: readonly string[], hours: number): Promise<Map<string, HalfHour[]>> {
    const since = this.#clock.now() - hours * HOUR_MS - HALF_HOUR_MS;
    const rows: RawBucket[] = await this.options.database.read
      .createQueryBuilder()
      .select(['"connectionId"', '"from"', '"worst"', '"upMs"', '"knownMs"', '"latencies"'].join(', '))
      .from('health_bucket', 'bucket')
      .where('"connectionId" IN (:...connectionIds)', { connectionIds })
      .andWhere('"from" >= :since', { since: instant(new Date(since)) })
      .getRawMany();
    const found = new Map(connectionIds.map((id) => [id, new Map<number, HalfHour>()]));
    for (const row of rows) found.get(row.connectionId)?.set(Date.parse(row.from), halfHour(row));
    for (const [id, byStart] of found)
      for (const recent of this.options.recorder.recent(id)) byStart.set(recent.from, recent);
    return new Map([...found].map(([id, byStart]) => [id, [...byStart.values()].sort((a, b) => a.from - b.from)]));
  }

  /** Newest first, `limit` at most of each connection. */
  async samples(connectionIds: readonly string[], limit: number): Promise<Map<string, Sample[]>> {
    const wanted = new Set(connectionIds);
    // Before the statement: what is stored meanwhile is then seen twice, and told apart by its id, rather than never.
    const buffered = this.options.recorder.buffered().filter(({ connectionId }) => wanted.has(connectionId));
    const rows: RawSample[] = await this.options.database.read.query(
      `SELECT * FROM (
         SELECT "id", "connectionId", "at", "status", "latencyMs", "problem",
                ROW_NUMBER() OVER (PARTITION BY "connectionId" ORDER BY "at" DESC, "id" DESC) AS "place"
         FROM "health_sample" WHERE "connectionId" IN (${connectionIds.map((_id, index) => this.#parameter(index)).join(', ')})
       ) "ranked" WHERE "place" <= ${this.#parameter(connectionIds.length)}`,
      [...connectionIds, limit],
    );
    const byId = new Map([...rows.map(sample), ...buffered].map((one) => [one.id, one]));
    const found = new Map(connectionIds.map((id) => [id, [] as (Sample & { id: string; connectionId: string })[]]));
    for (const one of byId.values()) found.get(one.connectionId)?.push(one);
    for (const [id, samples] of found) {
      found.set(id, samples.sort((a, b) => b.at.getTime() - a.at.getTime() || (a.id < b.id ? 1 : -1)).slice(0, limit));
    }
    return found;
  }

  /** Share of the last 24 hours that it was up, of the time that is known; null where none is. */
  uptime24h(halfHours: readonly HalfHour[]): number | null {
    const now = this.#clock.now();
    return sumUp(halfHours, now - DAY_MS, now).upShare;
  }

  /**
   * That many parts of equal length that end with the one under way, aligned to multiples of their length since the
   * epoch, oldest first. A part shorter than the half hours that are kept shows the half hour it lies in.
   */
  timeline(halfHours: readonly HalfHour[], options: { hours: number; buckets: number }): TimelineBucket[] {
    const width = (options.hours * HOUR_MS) / options.buckets;
    const end = (Math.floor(this.#clock.now() / width) + 1) * width;
    return Array.from({ length: options.buckets }, (_bucket, index) => {
      const from = Math.round(end - (options.buckets - index) * width);
      const to = Math.round(end - (options.buckets - index - 1) * width);
      return { from: new Date(from), to: new Date(to), ...sumUp(halfHours, from, to) };
    });
  }

  #parameter(index: number): string {
    return this.options.database.kind === 'postgres' ? `$${index + 1}` : '?';
  }
}

/** What half hours say of a span of time, each weighed by the part of it that lies within. */
function sumUp(halfHours: readonly HalfHour[], from: number, to: number) {
  let upMs = 0;
  let knownMs = 0;
  let worst: ConnectionStatus | null = null;
  const latencies: number[] = [];
  for (const bucket of halfHours) {
    const overlap = Math.min(to, bucket.from + HALF_HOUR_MS) - Math.max(from, bucket.from);
    if (overlap <= 0) continue;
    upMs += (bucket.upMs * overlap) / HALF_HOUR_MS;
    knownMs += (bucket.knownMs * overlap) / HALF_HOUR_MS;
    worst = worseOf(worst, bucket.worst);
    latencies.push(...bucket.latencies);
  }
  return { worst, upShare: knownMs > 0 ? Math.min(upMs / knownMs, 1) : null, p50LatencyMs: median(latencies) };
}

interface RawBucket {
  readonly connectionId: string;
  readonly from: string;
  readonly worst: ConnectionStatus | null;
  readonly upMs: string | number;
  readonly knownMs: string | number;
  readonly latencies: string;
}

interface RawSample {
  readonly id: string;
  readonly connectionId: string;
  readonly at: string;
  readonly status: ConnectionStatus;
  readonly latencyMs: number | null;
  readonly problem: string | null;
}

function halfHour(row: RawBucket): HalfHour {
  return {
    connectionId: row.connectionId,
    from: Date.parse(row.from),
    worst: row.worst,
    upMs: Number(row.upMs),
    knownMs: Number(row.knownMs),
    latencies: JSON.parse(row.latencies) as number[],
  };
}

function sample(row: RawSample): Sample & { id: string; connectionId: string } {
  return {
    ...row,
    at: new Date(row.at),
    problem: row.problem === null ? null : (JSON.parse(row.problem) as Problem),
  };
}
