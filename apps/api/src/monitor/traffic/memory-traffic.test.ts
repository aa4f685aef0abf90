import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Check } from '@intrallm/providers';
import { check } from '../../../test/support/endpoints/fake-provider.js';
import { openMonitored, type Monitored } from '../../../test/support/monitored.js';

describe('a live answer by a model that an instance did not have in memory', () => {
  let on: Monitored;
  const answered = (id: string, model: string, unloads = false): void =>
    on.monitor.observe(id, { kind: 'ANSWERED', endpointRevision: 1, memory: { model, unloads } });
  const inMemory = new Set<string>();

  beforeEach(async () => {
    inMemory.clear();
    on = await openMonitored({ isInMemory: (_id, model) => inMemory.has(model) });
    await on.tail.start();
    await on.monitor.start();
    await on.clock.advance(0);
  });

  afterEach(async () => {
    await on.close();
  });

  it('makes a check now, however many requests there are, and another one after 5 s where it still is not', async () => {
    const { id, url } = await on.add();
    for (let request = 0; request < 50; request += 1) answered(id, 'a');
    await on.settle();
    expect(on.provider.countOf(url)).toBe(2);
    for (let request = 0; request < 50; request += 1) answered(id, 'b');
    await on.settle();
    expect(on.provider.countOf(url)).toBe(2);
    await on.clock.advance(5_000);
    expect(on.provider.countOf(url)).toBe(3);
  });

  it('makes none where it is known to be there, and one where it was told to go', async () => {
    const { id, url } = await on.add();
    inMemory.add('a');
    answered(id, 'a');
    answered(id, 'b', true);
    await on.settle();
    expect(on.provider.countOf(url)).toBe(1);
    answered(id, 'a', true);
    await on.settle();
    expect(on.provider.countOf(url)).toBe(2);
  });

  it('makes one after the check that is under way: that may have looked before', async () => {
    const { id, url } = await on.add();
    let answer: (check: Check) => void = () => undefined;
    on.provider.answer(url, () => new Promise((resolve) => (answer = resolve)));
    await on.clock.advance(30_000);
    answered(id, 'a');
    on.provider.answer(url, check());
    answer(check());
    await on.settle();
    expect(on.provider.countOf(url)).toBe(2);
    await on.clock.advance(1_000);
    expect(on.provider.countOf(url)).toBe(3);
  });

  it('leaves no timer behind when it is stopped or the connection goes', async () => {
    const one = await on.add();
    const two = await on.add();
    for (const { id } of [one, two, one, two]) answered(id, 'a');
    await on.remove(two.id);
    await on.monitor.stop();
    await on.tail.stop();
    expect(on.clock.pending).toBe(0);
  });
});
