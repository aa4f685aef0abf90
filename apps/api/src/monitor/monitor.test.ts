import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { IsNull } from 'typeorm';
import type { Check } from '@intrallm/providers';
import { check, discovered, failed } from '../../test/support/endpoints/fake-provider.js';
import { openMonitored, type Monitored } from '../../test/support/monitored.js';
import { unavailable } from '../errors.js';
import { Model } from '../models/model.entity.js';

let on: Monitored;

beforeEach(async () => {
  on = await openMonitored();
  await on.tail.start();
});

afterEach(async () => {
  await on.close();
});

const start = async (): Promise<void> => {
  await on.monitor.start();
  await on.clock.advance(0);
};
const observed = async (): Promise<unknown[]> =>
  (await on.stored.events.readAfter(0, 1_000, ['connection.changed']))
    .filter(({ payload }) => payload.cause === 'OBSERVED')
    .map(({ payload }) => [payload.previous, payload.status, payload.modelCount]);

describe('the schedule', () => {
  it('checks an added connection at once and then every 30 s', async () => {
    await start();
    const { id, url } = await on.add();
    expect(await on.health(id)).toMatchObject({ status: 'ONLINE', latencyMs: 50 });
    await on.clock.advance(29_000);
    expect(on.provider.countOf(url)).toBe(1);
    await on.clock.advance(2_000);
    expect(on.provider.countOf(url)).toBe(2);
  });

  it('repeats a failed check after 1, 2 and 4 s; the third failure in a row makes OFFLINE, one success brings it back', async () => {
    await start();
    const { id, url } = await on.add();
    on.provider.answer(url, failed());
    await on.clock.advance(30_000);
    expect(await on.health(id)).toMatchObject({ status: 'ONLINE', failures: 1 });
    await on.clock.advance(1_000);
    expect(await on.health(id)).toMatchObject({ status: 'ONLINE', failures: 2 });
    await on.clock.advance(2_000);
    expect(await on.health(id)).toMatchObject({
      status: 'OFFLINE',
      failures: 3,
      problem: { code: 'CONNECTION_REFUSED' },
    });
    on.provider.answer(url, check());
    await on.clock.advance(4_000);
    expect(await on.health(id)).toMatchObject({ status: 'ONLINE', failures: 0, problem: null });
    expect(await observed()).toEqual([
      ['UNKNOWN', 'ONLINE', 0],
      ['ONLINE', 'OFFLINE', 0],
      ['OFFLINE', 'ONLINE', 0],
    ]);
  });

  it('checks at once after edit, toggle and restore, and stops with the switch and the removal', async () => {
    await start();
    const { id, url } = await on.add();
    await on.edit(id, { tags: ['gpu'] });
    expect(on.provider.countOf(url)).toBe(2);
    await on.edit(id, { enabled: false }, 'TOGGLED', { status: 'DISABLED', nextCheckAt: null });
    await on.clock.advance(400_000);
    expect(on.provider.countOf(url)).toBe(2);
    expect((await on.health(id)).status).toBe('DISABLED');
    await on.edit(id, { enabled: true }, 'TOGGLED', { status: 'UNKNOWN' });
    expect(on.provider.countOf(url)).toBe(3);
    await on.remove(id);
    await on.clock.advance(400_000);
    expect(on.provider.countOf(url)).toBe(3);
    await on.edit(id, { removedAt: null }, 'RESTORED');
    expect(on.provider.countOf(url)).toBe(4);
  });

  it('goes on after a restart where it was, and checks what is overdue at once', async () => {
    const early = await on.add();
    await start();
    await on.clock.advance(20_000);
    const late = await on.add();
    await on.monitor.stop();
    on.clock.jump(15_000);
    const again = on.again();
    await again.tail.start();
    await again.monitor.start();
    await again.clock.advance(0);
    expect(again.provider.asked).toEqual([early.url]);
    await again.clock.advance(16_000);
    expect(again.provider.asked).toContain(late.url);
    await again.monitor.stop();
    await again.tail.stop();
  });

  it('leaves no timer and no check behind when stopped', async () => {
    const { url } = await on.add();
    on.provider.answer(url, 'hang');
    await start();
    expect(on.provider.running).toBe(1);
    await on.monitor.stop();
    await on.tail.stop();
    expect(on.provider.running).toBe(0);
    expect(on.clock.pending).toBe(0);
  });
});

describe('a result', () => {
  it('for an outdated revision is dropped, and the endpoint checked anew', async () => {
    await start();
    let answer: (check: Check) => void = () => undefined;
    const { id, url } = await on.add({ url: 'http://10.0.0.1:1/v1' });
    on.provider.answer(url, () => new Promise((resolve) => (answer = resolve)));
    await on.clock.advance(30_000);
    await on.stored.database.write(async ({ manager }) => {
      // The edit is committed, its announcement is still to come.
      await manager.update('connection', { id }, { endpointRevision: 2, url: 'http://10.0.0.2:1/v1' });
      await manager.update('connection_health', { connectionId: id }, { status: 'UNKNOWN' });
    });
    answer(check({ models: [discovered('old')] }));
    await on.settle();
    expect((await on.health(id)).status).toBe('UNKNOWN');
    expect(await on.stored.database.read.count(Model)).toBe(0);
    await on.edit(id, { name: 'moved' });
    expect(on.provider.countOf('http://10.0.0.2:1/v1')).toBe(1);
    expect((await on.health(id)).status).toBe('ONLINE');
  });

  it('shares a write with others where many come in a short time', async () => {
    const added = await Promise.all(Array.from({ length: 60 }, () => on.add()));
    const { database } = on.stored;
    const write = database.write.bind(database);
    let writes = 0;
    database.write = (work) => {
      writes += 1;
      return write(work);
    };
    await start();
    const areStored = async (): Promise<boolean> => {
      const healths = await Promise.all(added.map(({ id }) => on.health(id)));
      return healths.every(({ status }) => status === 'ONLINE');
    };
    while (!(await areStored())) await on.settle();
    expect(writes).toBeLessThan(30);
  });

  it('of a connection that was switched off meanwhile is dropped', async () => {
    await start();
    let answer: (check: Check) => void = () => undefined;
    const { id, url } = await on.add();
    on.provider.answer(url, () => new Promise((resolve) => (answer = resolve)));
    await on.clock.advance(30_000);
    await on.edit(id, { enabled: false }, 'TOGGLED', { status: 'DISABLED' });
    answer(check({ models: [discovered('m')] }));
    await on.settle();
    expect((await on.health(id)).status).toBe('DISABLED');
    expect(await on.stored.database.read.count(Model)).toBe(0);
  });

  it('announces a change of status, problem or model count, and nothing else', async () => {
    await start();
    const { url } = await on.add();
    on.provider.answer(url, check({ latencyMs: 400 }));
    await on.clock.advance(30_000);
    expect(await observed()).toHaveLength(1);
    on.provider.answer(url, check({ models: [discovered('a'), discovered('b')] }));
    await on.clock.advance(30_000);
    on.provider.answer(url, failed('SLOW', 'DEGRADED', { models: [discovered('a'), discovered('b')] }));
    await on.clock.advance(30_000);
    on.provider.answer(url, failed('QUOTA_EXCEEDED', 'DEGRADED'));
    await on.clock.advance(30_000);
    expect(await observed()).toEqual([
      ['UNKNOWN', 'ONLINE', 0],
      ['ONLINE', 'ONLINE', 2],
      ['ONLINE', 'DEGRADED', 2],
      ['DEGRADED', 'DEGRADED', 2],
    ]);
  });

  it('without a catalogue changes nothing in the catalogue', async () => {
    await start();
    const { url } = await on.add();
    on.provider.answer(url, check({ models: [discovered('a')] }));
    await on.clock.advance(30_000);
    const raised = on.stored.versions.catalogue;
    on.provider.answer(url, failed('UPSTREAM_ERROR'));
    await on.clock.advance(1_000);
    expect(await on.stored.database.read.countBy(Model, { vanishedAt: IsNull() })).toBe(1);
    await on.clock.advance(60_000);
    expect(await on.stored.database.read.countBy(Model, { vanishedAt: IsNull() })).toBe(1);
    expect(on.stored.versions.catalogue).toBe(raised + 1);
  });

  it('takes its health, its catalogue and its announcement back together when one of them cannot be stored', async () => {
    await on.close();
    let isBroken = true;
    on = await openMonitored({
      applyDiscovery: async (_write, _connection, models) => {
        if (isBroken) throw new Error('the catalogue is broken');
        return Promise.resolve({ added: [], changed: [], vanished: [], modelCount: models.length });
      },
    });
    await on.tail.start();
    await start();
    const { id } = await on.add();
    expect((await on.health(id)).status).toBe('UNKNOWN');
    expect(await observed()).toEqual([]);
    isBroken = false;
    await on.clock.advance(31_000);
    expect((await on.health(id)).status).toBe('ONLINE');
  });

  it('that cannot be stored because of the database is logged and tried again with the next check', async () => {
    await start();
    const { id, url } = await on.add();
    on.provider.answer(url, failed('UNAUTHORIZED', 'UNAUTHORIZED'));
    const { database } = on.stored;
    const original = database.write.bind(database);
    let refused = 0;
    database.write = () => {
      refused += 1;
      return Promise.reject(unavailable('The database is locked. Try again.'));
    };
    on.monitor.observe(id, { kind: 'FAILED', endpointRevision: 1, problem: failed().problem as never });
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    database.write = original;
    expect(refused).toBeGreaterThan(0);
    expect(on.logged.some(({ msg }) => msg.includes('could not be stored'))).toBe(true);
    await on.clock.advance(31_000);
    expect((await on.health(id)).status).toBe('UNAUTHORIZED');
  });

  it('of an adapter that throws counts as a failed check', async () => {
    await start();
    const { id, url } = await on.add();
    on.provider.answer(url, () => Promise.reject(new Error('a bug')));
    await on.clock.advance(33_000);
    expect(await on.health(id)).toMatchObject({ status: 'OFFLINE', problem: { code: 'OTHER' } });
  });

  it('comes within the deadline, also where the adapter does not keep it', async () => {
    on.provider.usual = 'hang';
    await start();
    const { id } = await on.add();
    await on.clock.advance(9_000);
    expect(await on.health(id)).toMatchObject({ status: 'OFFLINE', problem: { code: 'TIMEOUT' } });
  });
});

describe('live traffic', () => {
  const unauthorized = failed('UNAUTHORIZED', 'UNAUTHORIZED').problem as NonNullable<Check['problem']>;

  const refuse = (id: string, model: string, caller: string, endpointRevision = 1): void =>
    on.monitor.observe(id, { kind: 'REFUSED', endpointRevision, problem: unauthorized, model, caller });
  const unproven: Check['stages'] = [{ stage: 'AUTH', state: 'UNPROVEN', detail: null, ms: null, problem: null }];
  const openList = () => check({ stages: unproven, models: [discovered('a'), discovered('b'), discovered('c')] });
  const newest = async (id: string) => (await on.history.samples([id], 1)).get(id)?.[0];

  it('that is refused makes a check now, which alone decides', async () => {
    await start();
    const { id, url } = await on.add();
    refuse(id, 'a', 'one');
    await on.settle();
    expect(on.provider.countOf(url)).toBe(2);
    expect((await on.health(id)).status).toBe('ONLINE');
    on.provider.answer(url, failed('UNAUTHORIZED', 'UNAUTHORIZED'));
    await on.clock.advance(2_000);
    refuse(id, 'a', 'one');
    await on.settle();
    expect((await on.health(id)).status).toBe('UNAUTHORIZED');
  });

  it.each([
    [
      'one caller, whatever they ask for',
      [
        ['a', 'one'],
        ['b', 'one'],
        ['c', 'one'],
      ],
    ],
    [
      'one model, whoever asks for it',
      [
        ['a', 'one'],
        ['a', 'two'],
        ['a', 'three'],
      ],
    ],
  ])('that is refused to %s changes nothing, and makes ever fewer checks', async (_what, refused) => {
    on.provider.usual = openList();
    await start();
    const { id, url } = await on.add();
    await on.clock.advance(31_000);
    const before = on.provider.countOf(url);
    for (let second = 0; second < 60; second += 1) {
      for (const [model, caller] of refused) refuse(id, model!, caller!);
      await on.clock.advance(1_000);
    }
    expect((await on.health(id)).status).toBe('ONLINE');
    expect(on.provider.countOf(url) - before).toBeLessThan(10);
  });

  it('that is refused to several callers for several models makes UNAUTHORIZED, in the history as well', async () => {
    on.provider.usual = openList();
    await start();
    const { id } = await on.add();
    await on.clock.advance(31_000);
    refuse(id, 'a', 'one');
    refuse(id, 'b', 'two');
    await on.settle();
    expect(await on.health(id)).toMatchObject({ status: 'UNAUTHORIZED', problem: { code: 'UNAUTHORIZED' } });
    expect(await newest(id)).toMatchObject({ status: 'UNAUTHORIZED', problem: { code: 'UNAUTHORIZED' } });
    // The list is open to everybody, so a check of it proves nothing: it says the same for a while.
    await on.clock.advance(60_000);
    expect((await on.health(id)).status).toBe('UNAUTHORIZED');
    expect(await newest(id)).toMatchObject({ status: 'UNAUTHORIZED' });
    await on.clock.advance(600_000);
    expect((await on.health(id)).status).toBe('ONLINE');
    expect(await newest(id)).toMatchObject({ status: 'ONLINE' });
  });

  it('that is refused counts no longer once somebody was served, a check proved the key, or time passed', async () => {
    on.provider.usual = openList();
    await start();
    const { id, url } = await on.add();
    await on.clock.advance(31_000);
    refuse(id, 'a', 'one');
    on.monitor.observe(id, { kind: 'ANSWERED', endpointRevision: 1 });
    refuse(id, 'b', 'two');
    await on.clock.advance(601_000);
    refuse(id, 'a', 'one');
    await on.settle();
    const proven: Check['stages'] = [{ ...unproven[0]!, state: 'PASSED' }];
    on.provider.answer(url, check({ stages: proven, models: openList().models }));
    await on.clock.advance(31_000);
    on.provider.answer(url, openList());
    refuse(id, 'b', 'two');
    await on.settle();
    expect((await on.health(id)).status).toBe('ONLINE');
  });

  it('of a connection with one model is refused to several callers', async () => {
    on.provider.usual = check({ stages: unproven, models: [discovered('a')] });
    await start();
    const { id } = await on.add();
    await on.clock.advance(31_000);
    refuse(id, 'a', 'one');
    refuse(id, 'a', 'two');
    await on.settle();
    expect((await on.health(id)).status).toBe('UNAUTHORIZED');
    on.monitor.observe(id, { kind: 'ANSWERED', endpointRevision: 1 });
    await on.settle();
    expect((await on.health(id)).status).toBe('ONLINE');
  });

  it('of an endpoint that has moved since says nothing', async () => {
    await start();
    const { id } = await on.add({ endpointRevision: 2 });
    for (const model of ['a', 'b', 'c']) refuse(id, model, model, 1);
    await on.settle();
    expect((await on.health(id)).status).toBe('ONLINE');
  });

  it('that fails makes one check now, however many requests fail', async () => {
    await start();
    const { id, url } = await on.add();
    on.provider.answer(url, failed());
    for (let request = 0; request < 50; request += 1) {
      on.monitor.observe(id, { kind: 'FAILED', endpointRevision: 1, problem: unauthorized });
    }
    await on.settle();
    expect(on.provider.countOf(url)).toBe(2);
    expect(await on.health(id)).toMatchObject({ status: 'ONLINE', failures: 1 });
    await on.clock.advance(3_000);
    expect((await on.health(id)).status).toBe('OFFLINE');
  });

  it('that is answered makes a check now where the endpoint was taken for gone', async () => {
    on.provider.usual = failed();
    await start();
    const { id } = await on.add();
    await on.clock.advance(300_000);
    expect((await on.health(id)).status).toBe('OFFLINE');
    on.provider.usual = check();
    on.monitor.observe(id, { kind: 'ANSWERED', endpointRevision: 1 });
    await on.settle();
    expect((await on.health(id)).status).toBe('ONLINE');
  });
});
