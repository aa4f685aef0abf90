import type { Database } from '../database/database.js';
import { GRAIN_MS } from './grains.js';
import { DIMENSIONS, SUMS, type Dimension } from './usage-columns.js';
import type { Part, Plan } from './usage-parts.js';
import { parameters } from './usage-store.js';

export interface Question {
  readonly plan: Plan;
  readonly groupBy: Dimension;
  /** Which values count; absent: all. An empty list fits nothing. */
  readonly only: Readonly<Partial<Record<Dimension, readonly string[]>>>;
  /** Most groups that are read. */
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

type Raw = Readonly<Record<string, string | number>>;

/** Adds up what is stored, in one statement; in no order. */
export async function readUsage(database: Database, { plan, groupBy, only, limit }: Question): Promise<Group[]> {
  if (plan.parts.length === 0 || Object.values(only).some((values) => values.length === 0)) return [];
  const parameter = parameters(database.kind);
  const values: (string | number)[] = [];
  const bind = (value: string | number): string => parameter(values.push(value));
  const selects = plan.parts.map((part) => {
    const filters = DIMENSIONS.flatMap((name) => {
      const wanted = only[name];
      return wanted === undefined ? [] : [`AND "${name}" IN (${wanted.map(bind).join(',')})`];
    });
    return `SELECT ${bucketOf(part)} AS "bucket", "${groupBy}" AS "key", ${SUMS.map((name) => `"${name}"`).join(', ')}
            FROM "usage_total" WHERE ${within(part)} ${filters.join(' ')}`;
  });
  const found: Raw[] = await database.read.query(
    `SELECT "bucket", "key", ${SUMS.map((name) => `SUM("${name}") AS "${name}"`).join(', ')}
     FROM (${selects.join(' UNION ALL ')}) "parts" GROUP BY "bucket", "key" LIMIT ${bind(limit)}`,
    values,
  );
  const starts = new Map<number, Date>();
  const startOf = (bucket: number): Date => {
    const known = starts.get(bucket) ?? new Date(plan.startOf(bucket * GRAIN_MS.MINUTE));
    starts.set(bucket, known);
    return known;
  };
  return found.map((row) => ({
    at: startOf(Number(row['bucket'])),
    key: String(row['key']),
    sums: SUMS.map((name) => Number(row[name])),
  }));
}

// Numbers of our own stand in the statement as they are: as a parameter SQLite would take one for a fraction.
const minutes = (ms: number): string => String(Math.floor(ms / GRAIN_MS.MINUTE));

const within = ({ grain, start, end }: Part): string =>
  `"grain" = '${grain}' AND "minute" >= ${minutes(start)} AND "minute" < ${minutes(end)}`;

const bucketOf = ({ shiftMs, lengthMs, backMs }: Part): string =>
  `("minute" + ${minutes(shiftMs)}) / ${minutes(lengthMs)} * ${minutes(lengthMs)} - ${minutes(backMs)}`;
