import { describe, expect, it } from '@jest/globals';
import { ManualClock, turns } from '../../../test/support/manual-clock.js';
import { createLogger } from '../../log/logger.js';
import type { LaneLimits } from './check-lanes.js';
import { CheckSchedule, type Ran } from './check-schedule.js';

const LANES: LaneLimits = { start: 32, wait: 96, perHost: 4, patienceMs: 100 };
const HEALTHY_MS = 50;
const DEADLINE_MS = 8_000;

interface Running {
  readonly clock: ManualClock;
  readonly schedule: CheckSchedule;
  readonly started: string[];
  readonly finished: Map<string, number>;
  most: number;
}

/**
 * A schedule over endpoints that answer after the time that `takes` gives; it takes `storingMs` to store each result.
 */
function scheduleOver(takes: (id: string) => number, { lanes = LANES, storingMs = 0 } = {}): Running {
  const clock = new ManualClock(() => turns(1));
  let running = 0;
  const state: Running = {
    clock,
    started: [],
    finished: new Map(),
    most: 0,
    schedule: new CheckSchedule({
      clock,
      lanes,
      logger: createLogger({ level: 'silent' }),
      retryMs: 30_000,
      run: (id, signal, leave) => {
        state.started.push(id);
        running += 1;
        state.most = Math.max(state.most, running);
        return new Promise<Ran>((resolve, reject) => {
          const stop = clock.after(takes(id), () => {
            running -= 1;
            state.finished.set(id, clock.now());
            const isSlow = takes(id) >= DEADLINE_MS;
            const ran: Ran = { outcome: isSlow ? 'DOWN' : 'UP', nextInMs: 30_000, isSlow };
            if (storingMs === 0) {
              resolve(ran);
              return;
            }
            leave();
            clock.after(storingMs, () => resolve(ran));
          });
          signal.addEventListener('abort', () => {
            stop();
            running -= 1;
            reject(signal.reason as Error);
          });
        });
      },
    }),
  };
  return state;
}

const isBlackHole = (id: string): boolean => Number(id) % 10 === 0;

describe('checks', () => {
  it('of 1,000 endpoints list the healthy ones within 1.5 × the ideal although every tenth is a black hole', async () => {
    const on = scheduleOver((id) => (isBlackHole(id) ? DEADLINE_MS : HEALTHY_MS));
    const begin = on.clock.now();
    for (let id = 0; id < 1_000; id += 1)
      on.schedule.put(String(id), { host: `host-${id}`, dueInMs: 0, isSlow: false });
    await on.clock.advance(10_000);
    const healthy = [...on.finished].filter(([id]) => !isBlackHole(id));
    const last = Math.max(...healthy.map(([, at]) => at)) - begin;
    const ideal = (900 * HEALTHY_MS) / LANES.start;
    expect(healthy).toHaveLength(900);
    expect(last).toBeLessThanOrEqual(1.5 * ideal);
    expect(on.most).toBeLessThanOrEqual(LANES.start + LANES.wait);
    await on.schedule.stop();
  });

  it('begin as soon as an endpoint is done with, while the results of earlier ones are still being stored', async () => {
    const on = scheduleOver(() => HEALTHY_MS, { storingMs: 1_000 });
    for (let id = 0; id < 320; id += 1) on.schedule.put(String(id), { host: `host-${id}`, dueInMs: 0, isSlow: false });
    await on.clock.advance(10 * HEALTHY_MS);
    expect(on.finished.size).toBe(320);
    expect(on.most).toBe(LANES.start);
    expect(on.schedule.isRunning('0')).toBe(true);
    await on.clock.advance(1_000);
    expect(on.schedule.isRunning('0')).toBe(false);
    await on.schedule.stop();
  });

  it('of endpoints that timed out before take no place from the others', async () => {
    const on = scheduleOver((id) => (id.startsWith('slow') ? DEADLINE_MS : HEALTHY_MS));
    for (let id = 0; id < 500; id += 1) on.schedule.put(`slow-${id}`, { host: `slow-${id}`, dueInMs: 0, isSlow: true });
    for (let id = 0; id < 32; id += 1) on.schedule.put(`good-${id}`, { host: `good-${id}`, dueInMs: 0, isSlow: false });
    await on.clock.advance(HEALTHY_MS);
    expect([...on.finished.keys()].filter((id) => id.startsWith('good'))).toHaveLength(32);
    expect(on.most).toBe(LANES.wait + LANES.start);
    await on.schedule.stop();
  });

  it('at one host are four at a time, and the others go on beside it', async () => {
    const on = scheduleOver((id) => (id.startsWith('shared') ? 5_000 : HEALTHY_MS));
    for (let id = 0; id < 40; id += 1) on.schedule.put(`shared-${id}`, { host: 'one', dueInMs: 0, isSlow: false });
    on.schedule.put('other', { host: 'two', dueInMs: 0, isSlow: false });
    await on.clock.advance(100);
    expect(on.started).toEqual(['shared-0', 'shared-1', 'shared-2', 'shared-3', 'other']);
    await on.clock.advance(5_000);
    expect(on.started.filter((id) => id.startsWith('shared'))).toHaveLength(8);
    await on.schedule.stop();
  });

  it('that are urgent go before those whose interval ended', async () => {
    const on = scheduleOver(() => HEALTHY_MS, { lanes: { start: 1, wait: 0, perHost: 4, patienceMs: 100 } });
    for (const id of ['a', 'b', 'c']) on.schedule.put(id, { host: id, dueInMs: 0, isSlow: false });
    on.schedule.put('edited', { host: 'edited', dueInMs: 20_000, isSlow: false });
    await on.clock.advance(0);
    on.schedule.hurry('edited');
    await on.clock.advance(200);
    expect(on.started.slice(0, 4)).toEqual(['a', 'edited', 'b', 'c']);
    await on.schedule.stop();
  });

  it('that began on older grounds are ended and made again at once', async () => {
    const on = scheduleOver((id) => (id === 'a' && on.started.length === 1 ? DEADLINE_MS : HEALTHY_MS));
    on.schedule.put('a', { host: 'a', dueInMs: 0, isSlow: false });
    await on.clock.advance(10);
    const told = on.schedule.checkNow('a', { isUrgent: true, signal: new AbortController().signal });
    on.schedule.hurry('a', { restart: true });
    await on.clock.advance(HEALTHY_MS);
    expect(on.started).toEqual(['a', 'a']);
    await expect(told).resolves.toBe('UP');
    await on.schedule.stop();
  });

  it('that somebody called off before they began are not made, and their interval goes on', async () => {
    const on = scheduleOver(() => HEALTHY_MS, { lanes: { start: 1, wait: 0, perHost: 4, patienceMs: 100 } });
    on.schedule.put('a', { host: 'a', dueInMs: 0, isSlow: false });
    on.schedule.put('b', { host: 'b', dueInMs: 5_000, isSlow: false });
    await on.clock.advance(0);
    const cancel = new AbortController();
    const told = on.schedule.checkNow('b', { isUrgent: false, signal: cancel.signal });
    cancel.abort();
    await expect(told).resolves.toBe('SKIPPED');
    await on.clock.advance(4_000);
    expect(on.started).toEqual(['a']);
    await on.clock.advance(1_100);
    expect(on.started).toEqual(['a', 'b']);
    await on.schedule.stop();
  });

  it('that somebody called off go on with what is left of their interval, by the clock of the schedule', async () => {
    const on = scheduleOver(() => HEALTHY_MS, { lanes: { start: 1, wait: 0, perHost: 4, patienceMs: 100 } });
    on.schedule.put('a', { host: 'a', dueInMs: 4_000, isSlow: false });
    on.schedule.put('b', { host: 'b', dueInMs: 5_000, isSlow: false });
    await on.clock.advance(4_000);
    const cancel = new AbortController();
    const told = on.schedule.checkNow('b', { isUrgent: false, signal: cancel.signal });
    cancel.abort();
    await expect(told).resolves.toBe('SKIPPED');
    await on.clock.advance(900);
    expect(on.started).toEqual(['a']);
    await on.clock.advance(200);
    expect(on.started).toEqual(['a', 'b']);
    await on.schedule.stop();
  });
});
