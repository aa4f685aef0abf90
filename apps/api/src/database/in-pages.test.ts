import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { readInPages } from './in-pages.js';

const PAGE = 10;

/** Reads numbers from 1 to `most`, and notes in which turn of the event loop each page is read. */
function reading(turns: number[], most: number, page = PAGE): Promise<number[]> {
  return readInPages<number>(
    most,
    (after, count) => {
      turns.push(turn);
      return Promise.resolve(Array.from({ length: count }, (_, index) => (after ?? 0) + index + 1));
    },
    page,
  );
}

let turn = 0;
async function turnsDuring<T>(run: () => Promise<T>): Promise<T> {
  const counting = { isOver: false };
  const counter = (async () => {
    while (!counting.isOver) {
      await nextTurn();
      turn += 1;
    }
  })();
  try {
    return await run();
  } finally {
    counting.isOver = true;
    await counter;
  }
}

const mostInOneTurn = (turns: readonly number[]): number =>
  Math.max(...turns.map((one) => turns.filter((other) => other === one).length));

describe('reading in pages', () => {
  it('gives all rows in order', async () => {
    expect(await reading([], 25)).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
    expect(await reading([], 0)).toEqual([]);
  });

  it('reads one page in a turn of the event loop, however many reads go on side by side', async () => {
    const turns: number[] = [];
    await turnsDuring(() => Promise.all(Array.from({ length: 8 }, () => reading(turns, 5 * PAGE))));
    expect(turns).toHaveLength(40);
    expect(mostInOneTurn(turns)).toBe(1);
  });

  it('reads several short pages in one turn: together they cost as much as a whole one', async () => {
    const turns: number[] = [];
    await turnsDuring(() => Promise.all(Array.from({ length: 20 }, () => reading(turns, 1, 4))));
    expect(turns).toHaveLength(20);
    expect(mostInOneTurn(turns)).toBe(4);
  });

  it('goes on where a read beside it fails', async () => {
    const failing = readInPages<number>(5, () => Promise.reject(new Error('gone')));
    const [failed, rows] = await Promise.allSettled([failing, reading([], 3 * PAGE)]);
    expect(failed).toMatchObject({ status: 'rejected', reason: new Error('gone') });
    expect(rows).toMatchObject({ status: 'fulfilled', value: { length: 3 * PAGE } });
  });
});
