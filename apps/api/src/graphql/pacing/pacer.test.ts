import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Pacer } from './pacer.js';

describe('a pacer', () => {
  it('lets as many go in a turn as fit, and all of them in the end', async () => {
    const pacer = new Pacer(100);
    const done: number[] = [];
    const paced = pacer.pace(
      {},
      Array.from({ length: 35 }, (_, index) => index),
      10,
    );
    for (const item of paced) void Promise.resolve(item).then((index) => done.push(index));
    const perTurn: number[] = [];
    for (let before = 0; done.length < 35; before = done.length) {
      await nextTurn();
      perTurn.push(done.length - before);
    }
    expect(Math.max(...perTurn)).toBeLessThanOrEqual(20);
    expect(done).toEqual(Array.from({ length: 35 }, (_, index) => index));
  });

  it('lets a short request through beside a long one, and what costs more than a turn at all', async () => {
    const pacer = new Pacer(100);
    let left = 50;
    for (const item of pacer.pace({}, Array.from({ length: 50 }), 100))
      void Promise.resolve(item).then(() => (left -= 1));
    for (const item of pacer.pace({}, [1, 2], 100)) await item;
    expect(left).toBeGreaterThan(40);
    await pacer.turn({}, 1_000);
    expect(left).toBeGreaterThan(30);
  });

  it('gives back the list itself where it fits', () => {
    const items = [1, 2, 3];
    expect(new Pacer(100).pace({}, items, 10)).toBe(items);
  });
});
