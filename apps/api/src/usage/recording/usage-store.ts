import type { EntityManager } from 'typeorm';
import type { Database } from '../../database/database.js';
import { inChunks } from '../../lib/chunks.js';
import { DIMENSIONS, SUMS } from '../usage-columns.js';
import type { Row } from './usage-sums.js';

/** Rows of one statement: well below the 32,766 parameters that SQLite takes. */
const ROWS_AT_ONCE = 100;
const KEY = ['grain', 'minute', ...DIMENSIONS];
const COLUMNS = [...KEY, ...SUMS];

/** What identifies a batch among those of all processes. */
export interface BatchName {
  readonly recorderId: string;
  readonly number: number;
}

/**
 * Adds a batch to what is stored, unless it is there already: then an earlier try was stored and its answer was lost.
 */
export async function storeBatch(
  database: Pick<Database, 'kind' | 'write'>,
  { recorderId, number }: BatchName,
  rows: readonly Row[],
): Promise<void> {
  const parameter = parameters(database.kind);
  await database.write(async ({ manager, now }) => {
    // First, so that a try whose commit is still under way is waited for.
    const claimed: unknown[] = await manager.query(
      `INSERT INTO "usage_flush" ("recorderId", "batch", "at")
       VALUES (${[1, 2, 3].map(parameter).join(', ')})
       ON CONFLICT ("recorderId") DO UPDATE SET "batch" = excluded."batch", "at" = excluded."at"
       WHERE "usage_flush"."batch" < excluded."batch" RETURNING "batch"`,
      [recorderId, number, now.toISOString()],
    );
    if (claimed.length === 0) return;
    for (const some of inChunks(rows, ROWS_AT_ONCE)) await addRows(manager, some, parameter);
  });
}

async function addRows(manager: EntityManager, rows: readonly Row[], parameter: Parameter): Promise<void> {
  const values = rows.map((row) => [row.grain, row.minute, ...DIMENSIONS.map((name) => row[name]), ...row.sums]);
  const places = values.map(
    (row, index) => `(${row.map((_value, column) => parameter(index * COLUMNS.length + column + 1)).join(',')})`,
  );
  await manager.query(
    `INSERT INTO "usage_total" (${quoted(COLUMNS)}) VALUES ${places.join(',')}
     ON CONFLICT (${quoted(KEY)}) DO UPDATE SET
     ${SUMS.map((name) => `"${name}" = "usage_total"."${name}" + excluded."${name}"`).join(', ')}`,
    values.flat(),
  );
}

type Parameter = (number: number) => string;

/** How the driver wants the parameter of that number, from 1, in a statement whose parameters come in order. */
export const parameters = (kind: Database['kind']): Parameter =>
  kind === 'postgres' ? (number) => `$${String(number)}` : () => '?';

const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');
