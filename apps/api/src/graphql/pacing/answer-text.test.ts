import { expect, it } from '@jest/globals';
import { writeInTurns } from './answer-text.js';

const none = { __proto__: null, a: 1 } as unknown;
const turn = () => Promise.resolve();

it.each<[string, unknown]>([
  ['texts', { a: 'ö"\n\u2028', b: null, c: undefined, d: 1.5, e: true, f: new Date(0) }],
  ['lists', { a: [], b: [[]], c: [{ d: [1, 'x', null] }], e: { f: { g: [1] } } }],
  ['long lists', { a: Array.from({ length: 100 }, (_, id) => ({ id, tags: ['x'], none })) }],
  ['nothing', {}],
  ['objects without a prototype', none],
])('an answer of %s is written as JSON has it', async (_what, data) => {
  expect(await writeInTurns(data, turn)).toBe(JSON.stringify(data));
});

it('a long answer is written with turns in between, and one that is too long is not written to its end', async () => {
  const data = { a: Array.from({ length: 2_000 }, () => ({ text: 'x'.repeat(1_000) })) };
  let turns = 0;
  const count = () => {
    turns += 1;
    return Promise.resolve();
  };
  expect(await writeInTurns(data, count)).toBe(JSON.stringify(data));
  expect(turns).toBeGreaterThan(10);
  turns = 0;
  await expect(writeInTurns(data, count, 500_000)).rejects.toMatchObject({ code: 'QUERY_TOO_EXPENSIVE' });
  expect(turns).toBeLessThan(6);
  await expect(writeInTurns({ a: 'ö'.repeat(300_000) }, turn, 500_000)).rejects.toMatchObject({
    code: 'QUERY_TOO_EXPENSIVE',
  });
});
