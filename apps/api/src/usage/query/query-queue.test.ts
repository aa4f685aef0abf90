import { expect, it } from '@jest/globals';
import { QueryQueue } from './query-queue.js';

it('one is done after the other, also after one that fails', async () => {
  const turns = new QueryQueue(3);
  const steps: string[] = [];
  const work = (name: string, fails = false) =>
    turns.take(async () => {
      steps.push(`${name} begins`);
      await Promise.resolve();
      steps.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    });
  const all = [work('a'), work('b', true), work('c')];
  await expect(work('d')).rejects.toMatchObject({ code: 'RATE_LIMITED', details: { retryAfterMs: 5_000 } });
  expect((await Promise.allSettled(all)).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(steps).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  expect(await work('e')).toBe('e');
});
