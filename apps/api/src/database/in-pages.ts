import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Rows of one statement. On SQLite it holds the thread while it is read, and what it gives is made into objects at
 * once.
 */
const PAGE = 500;

/**
 * Reads rows a page at a time, with a turn of the event loop in between, until `most` are there. `read` gives up to so
 * many rows behind the last one seen (null: from the beginning), in an order that says what comes behind it. Reads that
 * go on side by side share the turns: each may take a page in one, and all of them together no more.
 */
export async function readInPages<Row>(
  most: number,
  read: (after: Row | null, count: number) => Promise<readonly Row[]>,
  page = PAGE,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (;;) {
    const count = Math.min(page, most - rows.length);
    if (count <= 0) return rows;
    await shareOfTurn(count / page);
    const found = await read(rows.at(-1) ?? null, count);
    for (const row of found) rows.push(row);
    if (found.length < count || rows.length >= most) return rows;
    await nextTurn();
  }
}

/** What of this turn is not taken yet, 1 being a page. Several lists in one document would each take a page in it. */
let left = 1;
let isRenewing = false;
const waiting: { readonly share: number; readonly go: () => void }[] = [];

/** Resolves when that much of a turn may be taken, in the order in which it was asked for. */
function shareOfTurn(share: number): Promise<void> {
  renewNextTurn();
  if (waiting.length === 0 && share <= left) {
    left -= share;
    return Promise.resolve();
  }
  return new Promise((go) => waiting.push({ share, go }));
}

function renewNextTurn(): void {
  if (isRenewing) return;
  isRenewing = true;
  setImmediate(() => {
    isRenewing = false;
    left = 1;
    for (let next = waiting[0]; next !== undefined && next.share <= left; next = waiting[0]) {
      waiting.shift();
      left -= next.share;
      next.go();
    }
    if (left < 1) renewNextTurn();
  });
}
