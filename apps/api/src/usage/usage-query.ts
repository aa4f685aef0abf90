import type { Database } from '../database/database.js';
import { DIMENSIONS, SUMS, type Dimension } from './usage-columns.js';
import type { Span } from './usage-spans.js';
import { parameters } from './usage-store.js';

export interface Question {
  readonly spans: readonly Span[];
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
export async function readUsage(database: Database, { spans, groupBy, only, limit }: Question): Promise<Group[]> {
  if (spans.length === 0 || Object.values(only).some((values) => values.length === 0)) return [];
  const parameter = parameters(database.kind);
  const values: (string | number | null)[] = [];
  const bind = (value: string | number | null): string => parameter(values.push(value));
  const rows = spans.map(({ bucket, grain, start, end }) => {
    const bound = [bucket === null ? null : iso(bucket), grain, iso(start), iso(end)].map(bind);
    return `(${bound.join(',')})`;
  });
  const filters = DIMENSIONS.flatMap((name) => {
    const wanted = only[name];
    return wanted === undefined ? [] : [`AND total."${name}" IN (${wanted.map(bind).join(',')})`];
  });
  // CROSS JOIN keeps SQLite from reading all of the table for each span; to PostgreSQL it is a join like any other.
  const found: Raw[] = await database.read.query(
    `WITH span ("bucket", "grain", "start", "end") AS (VALUES ${rows.join(',')})
     SELECT COALESCE(span."bucket", total."at") AS "bucketAt", total."${groupBy}" AS "key",
            ${SUMS.map((name) => `SUM(total."${name}") AS "${name}"`).join(', ')}
     FROM span CROSS JOIN "usage_total" total
     WHERE total."grain" = span."grain" AND total."at" >= span."start" AND total."at" < span."end" ${filters.join(' ')}
     GROUP BY 1, 2 LIMIT ${bind(limit)}`,
    values,
  );
  return found.map((row) => ({
    at: new Date(String(row['bucketAt'])),
    key: String(row['key']),
    sums: SUMS.map((name) => Number(row[name])),
  }));
}

const iso = (at: number): string => new Date(at).toISOString();
