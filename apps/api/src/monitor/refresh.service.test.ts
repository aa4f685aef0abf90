import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { check, discovered, failed } from '../../test/support/fake-provider.js';
import { openMonitored, type Monitored } from '../../test/support/monitored.js';
import { system } from '../auth/actor.js';
import { createLogger } from '../logger.js';
import { Model } from '../models/model.entity.js';
import { RefreshService, type RefreshProgress } from './refresh.service.js';

const actor = system('test');
let on: Monitored;
let refreshes: RefreshService;

beforeEach(async () => {
  on = await openMonitored({ lanes: { start: 2, wait: 0, perHost: 4, patienceMs: 100 } });
  refreshes = new RefreshService({
    database: on.stored.database,
    monitor: on.monitor,
    clock: on.clock,
    logger: createLogger({ level: 'silent' }),
  });
  await on.tail.start();
  await on.monitor.start();
});

afterEach(async () => {
  await on.close();
});

async function stepsOf(id: string): Promise<RefreshProgress[]> {
  const steps: RefreshProgress[] = [];
  for await (const step of refreshes.watch(actor, id)) steps.push(step);
  return steps;
}

describe('a refresh', () => {
  it('checks and discovers now, answers at once, and shows how far it is until it has ended', async () => {
    const good = await on.add();
    const bad = await on.add();
    await on.add({ enabled: false });
    on.provider.answer(good.url, check({ models: [discovered('new')] }));
    on.provider.answer(bad.url, failed());
    const begun = await refreshes.start(actor, null);
    expect(begun).toMatchObject({ total: 2, done: 0, failed: 0, finishedAt: null, cancelled: false });
    const steps = await stepsOf(begun.id);
    expect(steps[0]).toMatchObject({ id: begun.id, total: 2 });
    expect(steps.at(-1)).toMatchObject({ done: 2, failed: 1, cancelled: false, finishedAt: expect.any(Date) });
    expect(await on.stored.database.read.countBy(Model, { upstreamId: 'new' })).toBe(1);
    // A page that was reloaded asks again and sees the end.
    expect(await stepsOf(begun.id)).toEqual([steps.at(-1)]);
  });

  it('of [] has nothing to do, of an unknown connection is refused', async () => {
    const begun = await refreshes.start(actor, []);
    expect((await stepsOf(begun.id)).at(-1)).toMatchObject({ total: 0, finishedAt: expect.any(Date) });
    await expect(refreshes.start(actor, ['nobody'])).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(() => refreshes.watch(actor, 'nothing')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  });

  it('keeps to the concurrency that is set; cancelling calls off what has not begun', async () => {
    for (let count = 0; count < 6; count += 1) await on.add();
    const answers: (() => void)[] = [];
    on.provider.usual = () => new Promise((resolve) => answers.push(() => resolve(check())));
    on.provider.asked.length = 0;
    on.provider.mostRunning = 0;
    const begun = await refreshes.start(actor, null);
    await on.settle();
    expect(on.provider.asked).toHaveLength(2);
    answers.shift()?.();
    await on.settle();
    expect(on.provider.asked).toHaveLength(3);
    expect(refreshes.cancel(actor, begun.id)).toMatchObject({ cancelled: true });
    for (const answer of answers) answer();
    await on.settle();
    expect(on.provider.asked).toHaveLength(3);
    expect(on.provider.mostRunning).toBe(2);
    expect((await stepsOf(begun.id)).at(-1)).toMatchObject({ total: 6, cancelled: true, finishedAt: expect.any(Date) });
  });

  it('is one of at most eight at a time', async () => {
    await on.add();
    on.provider.usual = 'hang';
    for (let count = 0; count < 8; count += 1) await refreshes.start(actor, null);
    await expect(refreshes.start(actor, null)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  });
});
