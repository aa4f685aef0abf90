import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { act, cleanup, screen, waitFor } from '@testing-library/react';
import { renderWholeApp } from '../../../testing/render-whole-app.js';
import { sampleRow } from '../../../testing/row-samples.js';
import type { Answer } from '../../../testing/scripted-client.js';
import { createUptimeHistoryStore } from './uptime-history-store.js';
import type { Bucket } from './uptime-history.js';

const connections = 40;
const halfHours = 48;

const rows = Array.from({ length: connections }, (_, index) =>
  sampleRow({ id: `c${index}`, name: `Endpoint ${index}` }),
);

/** A day of one connection as the API sends it: online, with its last half hour as wanted. */
function day(last: Bucket['worst'] = 'ONLINE'): (Bucket & { __typename: string })[] {
  const start = Date.parse('2026-11-22T12:00:00.000Z');
  return Array.from({ length: halfHours }, (_, index) => ({
    __typename: 'TimelineBucket',
    from: new Date(start + index * 1_800_000).toISOString(),
    to: new Date(start + (index + 1) * 1_800_000).toISOString(),
    worst: index === halfHours - 1 ? last : 'ONLINE',
    upShare: 1,
    p50LatencyMs: 18,
  }));
}

const historiesAnswer = (): Answer => ({
  data: {
    strips: rows.map(({ id }) => ({
      __typename: 'Connection',
      id,
      health: { __typename: 'ConnectionHealth', uptime24h: 1, timeline: day() },
    })),
  },
});

/** How many objects a store is made of, however deep they lie. */
function countObjects(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce<number>((count, inner) => count + countObjects(inner), 1);
}

/** The page with its rows; the histories come when `answer` is called. */
async function openPage() {
  let answer = () => {};
  const app = renderWholeApp(
    {
      Connections: () => ({ data: { connections: rows } }),
      ConnectionStrips: () => new Promise<Answer>((resolve) => (answer = () => resolve(historiesAnswer()))),
      ConnectionRefreshed: ({ id }: { id: string }) => {
        const row = rows.find((one) => one.id === id);
        return { data: { connection: row && { ...row, health: { ...row.health, timeline: day('OFFLINE') } } } };
      },
    },
    '/connections',
  );
  await screen.findByText('Endpoint 39');
  await waitFor(() => expect(app.variablesOf('ConnectionStrips')).toHaveLength(1));
  const { cache } = app.client;
  return {
    ...app,
    answer: () => answer(),
    writes: jest.spyOn(cache, 'write'),
    objects: () => countObjects(cache.extract()),
  };
}

const histories = () => screen.findAllByRole('img', { name: /^Last 24 hours/ });

afterEach(() => {
  cleanup();
  jest.useRealTimers();
});

describe('the uptime historys of many connections', () => {
  it('are shown without one write into the normalised store, and without an object more in it', async () => {
    const { answer, writes, objects, client } = await openPage();
    const before = objects();
    answer();
    expect(await histories()).toHaveLength(connections);
    expect(writes).not.toHaveBeenCalled();
    expect(objects()).toBe(before);
    expect(JSON.stringify(client.cache.extract())).not.toContain('TimelineBucket');
  });

  it('are there at once when the page is opened again', async () => {
    const { answer, user, variablesOf } = await openPage();
    answer();
    await histories();
    await user.click(screen.getByRole('button', { name: /^Account of Ada/ }));
    await user.click(await screen.findByRole('menuitem', { name: 'Account and API tokens' }));
    await screen.findByRole('heading', { name: 'Your account' });
    await user.click(screen.getByRole('link', { name: 'Connections' }));
    expect(await histories()).toHaveLength(connections);
    expect(variablesOf('ConnectionStrips')).toHaveLength(2);
  });

  it('are forgotten together with everything else that was read', async () => {
    const { answer, client } = await openPage();
    answer();
    await histories();
    await act(() => client.clearStore());
    expect(screen.queryByRole('img', { name: /^Last 24 hours/ })).toBeNull();
  });

  it('are read again one by one after a change, and the store grows by none of their half hours', async () => {
    const { answer, live, writes, objects, variablesOf, client } = await openPage();
    const { cache } = client;
    answer();
    await histories();
    const before = objects();
    jest.useFakeTimers({ advanceTimers: true });
    const changed = {
      __typename: 'ConnectionStatusEvent',
      kind: 'CHANGED',
      at: '2026-11-23T12:00:00.000Z',
      cursor: '9',
      previous: 'ONLINE',
      status: 'ONLINE',
      connection: rows[7],
      connectionId: 'c7',
    };
    act(() => live.latest('ConnectionStatusStream').sink.next({ connectionStatus: changed }));
    act(() => jest.advanceTimersByTime(2_000));
    await screen.findByRole('img', { name: /Offline/ });
    expect(variablesOf('ConnectionRefreshed')).toEqual([{ id: 'c7' }]);
    expect(variablesOf('ConnectionStrips')).toHaveLength(1);
    // The event's own row, and nothing else.
    expect(writes).toHaveBeenCalledTimes(1);
    expect(objects() - before).toBeLessThan(5);
    expect(JSON.stringify(cache.extract())).not.toContain('TimelineBucket');
  });
});

describe('the store of histories', () => {
  it('keeps the array of a history that has not changed, so that its row is not drawn again', () => {
    const store = createUptimeHistoryStore();
    const told = jest.fn();
    store.replace(
      new Map([
        ['a', day()],
        ['b', day()],
      ]),
    );
    const [a, b] = [store.read().get('a'), store.read().get('b')];
    store.subscribe(told);
    store.replace(
      new Map([
        ['a', day()],
        ['b', day()],
      ]),
    );
    expect(told).not.toHaveBeenCalled();
    store.replace(
      new Map([
        ['a', day('OFFLINE')],
        ['b', day()],
      ]),
    );
    expect(told).toHaveBeenCalledTimes(1);
    expect(store.read().get('a')).not.toBe(a);
    expect(store.read().get('b')).toBe(b);
  });

  it('puts one history beside the others, and drops what is there no longer', () => {
    const store = createUptimeHistoryStore();
    store.put(new Map([['a', day()]]));
    store.put(new Map([['b', day()]]));
    expect([...store.read().keys()]).toEqual(['a', 'b']);
    store.replace(new Map([['b', day()]]));
    expect([...store.read().keys()]).toEqual(['b']);
  });
});
