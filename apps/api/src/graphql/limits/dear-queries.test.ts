import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { admin, member } from '../../../test/support/workspace.js';
import { DearQueries } from './dear-queries.js';

it('a person’s dear queries wait for each other, those of others go on, and not too many wait', async () => {
  const dear = new DearQueries(2);
  const entered: string[] = [];
  const enter = (name: string, actor = admin()) =>
    dear.enter(actor).then((leave) => {
      entered.push(name);
      return leave;
    });
  const first = await enter('a1');
  const second = enter('a2');
  const other = await enter('b1', member());
  await nextTurn();
  expect(entered).toEqual(['a1', 'b1']);
  first();
  first();
  const leaveSecond = await second;
  expect(entered).toEqual(['a1', 'b1', 'a2']);
  const waiting = Array.from({ length: 10 }, (_, index) => enter(`c${String(index)}`));
  await expect(dear.enter(admin())).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  other();
  leaveSecond();
  for (const one of waiting) (await one)();
  (await enter('last'))();
  expect(entered.at(-1)).toBe('last');
});
