import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../../database/database.js';
import { nameCondition } from '../../models/audience-condition.js';
import type { Audience } from '../../models/audience.js';
import { GRAIN_MS, type Grain } from '../grains.js';
import { parameters } from '../recording/usage-store.js';
import { DIMENSIONS, SUMS, type Dimension } from '../usage-columns.js';
import type { Part, Plan } from './usage-parts.js';

export interface Question {
  readonly plan: Plan;
  readonly groupBy: Dimension;
  /** Which values count; absent: all. An empty list fits nothing. */
  readonly only: Readonly<Partial<Record<Dimension, readonly string[]>>>;
  /** Whose question it is: what was asked of models that they do not see does not count. */
  readonly audience: Audience;
  /** Most groups that are wanted: reading ends once there are more. */
  readonly limit: number;
}

/** The sums of one bucket and one group. */
export interface Group {
  /** When the bucket begins. */
  readonly at: Date;
  readonly key: string;
  /** In the order of `SUMS`. */
  readonly sums: readonly number[];
}

interface Raw {
  readonly bucket: number | string;
  readonly key: string;
  readonly [sum: string]: number | string;
}

const { DAY } = GRAIN_MS;
/** What SQLite reads at a time: its statements hold the thread, and requests go on in between. */
const SLICE_MS: Readonly<Record<Grain, number>> = { MINUTE: DAY / 2, QUARTER: 7 * DAY, DAY: 365 * DAY };

/** Adds up what is stored: on PostgreSQL in one statement. In no order. */
export async function readUsage(database: Database, { plan, limit, ...question }: Question): Promise<Group[]> {
  if (Object.values(question.only).some((values) => values.length === 0)) return [];
  const groups = new Map<string, { readonly bucket: number; readonly key: string; readonly sums: number[] }>();
  for (const parts of database.kind === 'postgres' ? [plan.parts] : slicesOf(plan.parts)) {
    if (parts.length === 0 || groups.size > limit) break;
    const startedAt = performance.now();
    for (const row of await readParts(database, parts, question, limit + 1)) {
      const name = `${String(row.bucket)} ${row.key}`;
      const sums = SUMS.map((column) => Number(row[column]));
      const group = groups.get(name);
      if (group === undefined) groups.set(name, { bucket: Number(row.bucket), key: row.key, sums });
      else for (const [index, sum] of sums.entries()) group.sums[index] = (group.sums[index] ?? 0) + sum;
    }
    // On SQLite that held the thread: as much of the time is for everybody else.
    if (database.kind === 'sqlite') await delay(performance.now() - startedAt);
  }
  const starts = new Map<number, Date>();
  return [...groups.values()].map(({ bucket, key, sums }) => {
    const at = starts.get(bucket) ?? new Date(plan.startOf(bucket * GRAIN_MS.MINUTE));
    starts.set(bucket, at);
    return { at, key, sums };
  });
}

function* slicesOf(parts: readonly Part[]): Generator<readonly Part[]> {
  for (const part of parts) {
    for (let { start } = part; start < part.end; start += SLICE_MS[part.grain]) {
      yield [{ ...part, start, end: Math.min(start + SLICE_MS[part.grain], part.end) }];
    }
  }
}

function readParts(
  database: Database,
  parts: readonly Part[],
  { groupBy, only, audience }: Omit<Question, 'plan' | 'limit'>,
  limit: number,
): Promise<Raw[]> {
  const parameter = parameters(database.kind);
  const values: (string | number)[] = [];
  const bind = (value: string | number): string => parameter(values.push(value));
  const selects = parts.map((part) => {
    const filters = DIMENSIONS.flatMap((name) => {
      const wanted = only[name];
      return wanted === undefined ? [] : [`AND "${name}" IN (${wanted.map(bind).join(',')})`];
    });
    const { patterns } = audience;
    // What was asked of no model that is served says nothing of any.
    if (patterns !== null) {
      filters.push(`AND ("model" = '' OR ${nameCondition(database, { patterns, column: '"model"', bind })})`);
    }
    return `SELECT ${bucketOf(part)} AS "bucket", "${groupBy}" AS "key", ${SUMS.map((name) => `"${name}"`).join(', ')}
            FROM "usage_total" WHERE ${within(part)} ${filters.join(' ')}`;
  });
  return database.read.query(
    `SELECT "bucket", "key", ${SUMS.map((name) => `SUM("${name}") AS "${name}"`).join(', ')}
     FROM (${selects.join(' UNION ALL ')}) "parts" GROUP BY "bucket", "key" LIMIT ${bind(limit)}`,
    values,
  );
}

// Numbers of our own stand in the statement as they are: as a parameter SQLite would take one for a fraction.
const minutes = (ms: number): string => String(Math.floor(ms / GRAIN_MS.MINUTE));

const within = ({ grain, start, end }: Part): string =>
  `"grain" = '${grain}' AND "minute" >= ${minutes(start)} AND "minute" < ${minutes(end)}`;

const bucketOf = ({ shiftMs, lengthMs, backMs }: Part): string =>
  `("minute" + ${minutes(shiftMs)}) / ${minutes(lengthMs)} * ${minutes(lengthMs)} - ${minutes(backMs)}`;
