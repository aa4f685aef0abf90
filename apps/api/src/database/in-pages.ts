import { setImmediate as nextTurn } from 'node:timers/promises';

/** Rows of one statement. On SQLite it holds the thread while it is read, and what it gives is made into objects at once. */
const PAGE = 500;

/**
 * Reads rows a page at a time, with a turn of the event loop in between, until `most` are there. `read` gives up to so many
 * rows behind the last one seen (null: from the beginning), in an order that says what comes behind it.
 */
export async function readInPages<Row>(
  most: number,
  read: (after: Row | null, count: number) => Promise<readonly Row[]>,
  page = PAGE,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (;;) {
    const count = Math.min(page, most - rows.length);
    const found = count <= 0 ? [] : await read(rows.at(-1) ?? null, count);
    for (const row of found) rows.push(row);
    if (found.length < count || rows.length >= most) return rows;
    await nextTurn();
  }
}
