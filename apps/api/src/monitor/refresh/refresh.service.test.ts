import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { check, discovered, failed } from '../../../test/support/endpoints/fake-provider.js';
import { openMonitored, type Monitored } from '../../../test/support/monitored.js';
import { system } from '../../auth/actor.js';
import { createLogger } from '../../log/logger.js';
import { Model } from '../../models/model.entity.js';
import type { RefreshProgress } from './refresh-progress.js';
import { HELD_MS } from './refresh-store.js';
import { Refresh } from './refresh.entity.js';
import { RefreshService } from './refresh.service.js';

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

async function stepsOf(id: string, from = refreshes): Promise<RefreshProgress[]> {
  const steps: RefreshProgress[] = [];
  for await (const step of await from.watch(actor, id)) steps.push(step);
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
    await expect(refreshes.watch(actor, 'nothing')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(refreshes.cancel(actor, 'nothing')).rejects.toMatchObject({ code: 'NOT_FOUND' });
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
    expect(await refreshes.cancel(actor, begun.id)).toMatchObject({ cancelled: true });
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

describe('a refresh that outlives the process which began it', () => {
  /** Six connections, two at a time: the first two are checked, the next two hang, the last two wait. */
  async function beginAndStop(): Promise<RefreshProgress> {
    for (let count = 0; count < 6; count += 1) await on.add();
    on.provider.asked.length = 0;
    on.provider.usual = () => (on.provider.asked.length <= 2 ? Promise.resolve(check()) : new Promise(() => undefined));
    on.clock.jump(1_000);
    const begun = await refreshes.start(actor, null);
    for await (const { done } of await refreshes.watch(actor, begun.id)) if (done === 2) break;
    await refreshes.stop();
    await on.monitor.stop();
    await on.tail.stop();
    return begun;
  }

  async function startAgain(): Promise<{ on: Monitored; refreshes: RefreshService }> {
    const next = on.again();
    next.provider.usual = 'hang';
    await next.tail.start();
    await next.monitor.start();
    const logger = createLogger({ level: 'silent' });
    const { database } = next.stored;
    return { on: next, refreshes: new RefreshService({ database, monitor: next.monitor, clock: next.clock, logger }) };
  }

  const hold = (id: string, heldUntil: Date) =>
    on.stored.database.write(({ manager }) => manager.update(Refresh, { id }, { heldUntil }));

  it('goes on with what was not checked since it began', async () => {
    const begun = await beginAndStop();
    const next = await startAgain();
    // Nobody has taken it up yet, and its page shows it all the same.
    const shown = await next.refreshes.watch(actor, begun.id);
    expect(await shown.next()).toMatchObject({ value: { total: 6, done: 2, finishedAt: null } });
    await shown.return();
    next.on.provider.usual = check();
    await next.refreshes.resume();
    const steps = await stepsOf(begun.id, next.refreshes);
    expect(steps.at(-1)).toMatchObject({ total: 6, done: 6, failed: 0, finishedAt: expect.any(Date) });
    expect(steps.at(-1)?.startedAt).toEqual(begun.startedAt);
    expect(next.on.provider.asked).toHaveLength(4);
    await next.on.monitor.stop();
    await next.on.tail.stop();
  });

  it('is not taken from a process that holds it, until that has been silent for too long', async () => {
    const begun = await beginAndStop();
    await hold(begun.id, new Date(on.clock.now() + HELD_MS));
    const next = await startAgain();
    await next.refreshes.resume();
    await next.refreshes.cancel(actor, begun.id);
    const shown = await next.refreshes.watch(actor, begun.id);
    expect(await shown.next()).toMatchObject({ value: { cancelled: true, finishedAt: null } });
    await shown.return();
    next.on.clock.jump(HELD_MS + 1);
    await next.refreshes.resume();
    expect((await stepsOf(begun.id, next.refreshes)).at(-1)).toMatchObject({
      done: 2,
      cancelled: true,
      finishedAt: expect.any(Date),
    });
    await next.on.monitor.stop();
    await next.on.tail.stop();
  });

  it('is taken up at once where no other process can hold it: after the server was killed', async () => {
    const begun = await beginAndStop();
    await hold(begun.id, new Date(on.clock.now() + HELD_MS));
    const next = await startAgain();
    await next.refreshes.resume({ isAlone: true });
    await next.on.settle();
    expect(next.on.provider.asked).toHaveLength(2);
    await next.refreshes.cancel(actor, begun.id);
    await next.refreshes.stop();
    await next.on.monitor.stop();
    await next.on.tail.stop();
  });

  it('hears within its next hold that another process called it off', async () => {
    for (let count = 0; count < 3; count += 1) await on.add();
    on.provider.usual = 'hang';
    const begun = await refreshes.start(actor, null);
    const elsewhere = new RefreshService({
      database: on.stored.database,
      monitor: on.monitor,
      clock: on.clock,
      logger: createLogger({ level: 'silent' }),
    });
    expect(await elsewhere.cancel(actor, begun.id)).toMatchObject({ cancelled: true });
    await on.clock.advance(HELD_MS);
    expect((await stepsOf(begun.id)).at(-1)).toMatchObject({ cancelled: true, finishedAt: expect.any(Date) });
    expect((await elsewhere.watch(actor, begun.id).then((stream) => stream.next())).value).toMatchObject({
      cancelled: true,
      finishedAt: expect.any(Date),
    });
  });
});
