import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ConnectionGone, EndpointLoad } from './endpoint-load.js';

const ONE = { id: 'one', maxInFlight: 1 };
const FREE = { id: 'free', maxInFlight: null };
const never = new AbortController().signal;

let load: EndpointLoad;
beforeEach(() => {
  jest.useFakeTimers({ now: 1_000_000 });
  load = new EndpointLoad();
});
afterEach(() => {
  jest.useRealTimers();
});

/** Which of the promises are fulfilled by now. */
async function settled(promises: readonly Promise<unknown>[]): Promise<string[]> {
  const states = promises.map(() => 'waits');
  for (const [index, promise] of promises.entries()) {
    promise.then(
      () => (states[index] = 'in'),
      (error: unknown) => (states[index] = (error as Error).message),
    );
  }
  await jest.advanceTimersByTimeAsync(0);
  return states;
}

describe('slots at a connection', () => {
  it('are counted, and free where there is no limit', () => {
    for (let count = 0; count < 1_000; count += 1) expect(load.take(FREE)).toBe(true);
    expect([load.inFlight('free'), load.isFull(FREE)]).toEqual([1_000, false]);
    expect([load.take(ONE), load.take(ONE), load.isFull(ONE)]).toEqual([true, false, true]);
    load.release('one');
    expect([load.inFlight('one'), load.take(ONE)]).toEqual([0, true]);
  });

  it('are waited for in the order of arrival, and never more are taken than there are', async () => {
    load.take(ONE);
    const waiting = [load.wait(ONE, never), load.wait(ONE, never)];
    expect(await settled(waiting)).toEqual(['waits', 'waits']);
    load.release('one');
    expect(await settled(waiting)).toEqual(['in', 'waits']);
    expect(load.inFlight('one')).toBe(1);
    load.release('one');
    expect(await settled(waiting)).toEqual(['in', 'in']);
    expect(load.inFlight('one')).toBe(1);
  });

  it('are not waited for by those who left, by more than 100, or for longer than 30 s', async () => {
    load.take(ONE);
    const leaving = new AbortController();
    const left = load.wait(ONE, leaving.signal);
    leaving.abort(new Error('gone'));
    expect(await settled([left])).toEqual(['gone']);
    const all = Array.from({ length: 101 }, () => load.wait(ONE, never));
    const states = await settled(all);
    expect(states.filter((state) => state === 'waits')).toHaveLength(100);
    expect(states.at(-1)).toContain('too many requests wait');
    const ends = settled(all);
    await jest.advanceTimersByTimeAsync(30_000);
    expect((await ends).every((state) => state.startsWith('Every place'))).toBe(true);
    load.release('one');
    expect([load.inFlight('one'), load.size]).toEqual([0, 0]);
  });
});

describe('a limit that is changed', () => {
  it('lets in those who wait when it is raised, in their order, and nobody overtakes them', async () => {
    load.follow(ONE);
    load.take(ONE);
    const waiting = Array.from({ length: 5 }, () => load.wait(ONE, never));
    expect(await settled(waiting)).toEqual(['waits', 'waits', 'waits', 'waits', 'waits']);
    load.follow({ id: 'one', maxInFlight: 3 });
    expect(await settled(waiting)).toEqual(['in', 'in', 'waits', 'waits', 'waits']);
    load.release('one');
    // Also one that knows the connection as it was.
    expect([load.take(ONE), load.isFull({ id: 'one', maxInFlight: 9 })]).toEqual([false, true]);
    expect(await settled(waiting)).toEqual(['in', 'in', 'in', 'waits', 'waits']);
    load.follow({ id: 'one', maxInFlight: null });
    expect(await settled(waiting)).toEqual(['in', 'in', 'in', 'in', 'in']);
    expect([load.inFlight('one'), load.take(ONE)]).toEqual([5, true]);
  });

  it('is kept to when it is lowered: nobody is let in until as few are under way', async () => {
    const three = { id: 'one', maxInFlight: 3 };
    load.follow(three);
    for (let count = 0; count < 3; count += 1) load.take(three);
    const waiting = [load.wait(three, never)];
    load.follow(ONE);
    load.release('one');
    load.release('one');
    expect([await settled(waiting), load.take(three)]).toEqual([['waits'], false]);
    load.release('one');
    expect(await settled(waiting)).toEqual(['in']);
  });
});

describe('a connection that is switched off or removed', () => {
  it('is waited for by nobody, and nothing is kept of it when its last request has ended', async () => {
    load.follow(ONE);
    load.take(ONE);
    const waiting = load.wait(ONE, never);
    load.forget('one');
    await expect(waiting).rejects.toBeInstanceOf(ConnectionGone);
    load.failed('one');
    load.asksForPause('one', 5_000);
    expect(load.size).toBe(1);
    load.release('one');
    expect(load.size).toBe(0);
  });

  it('is forgotten at once where nothing is under way, whatever was held against it', () => {
    load.follow(FREE);
    load.failed('free');
    load.failed('free', 'm');
    load.forget('free');
    expect(load.size).toBe(0);
  });
});

describe('what an endpoint answered for one model', () => {
  it('is held against that model alone, until several rest', () => {
    load.failed('one', 'a');
    load.asksForPause('two', 5_000, 'a');
    expect([load.isResting('one', 'a'), load.isResting('one', 'b'), load.isResting('two', 'b')]).toEqual([
      true,
      false,
      false,
    ]);
    load.failed('one', 'b');
    expect(load.isResting('one', 'c')).toBe(true);
    load.answered('one', 'b');
    expect([load.isResting('one', 'a'), load.isResting('one', 'c'), load.isResting('one')]).toEqual([
      true,
      false,
      true,
    ]);
    load.answered('one');
    expect(load.isResting('one')).toBe(false);
  });

  it('takes bounded memory, however many models there are', () => {
    for (let count = 0; count < 10_000; count += 1) load.failed('one', `m${String(count)}`);
    load.answered('one');
    load.take(ONE);
    load.release('one');
    expect(load.size).toBe(0);
  });
});

describe('an endpoint rests', () => {
  it('after a failure, for longer each time, and not after a good answer', () => {
    const rests: number[] = [];
    for (let count = 0; count < 6; count += 1) {
      load.failed('one');
      const start = Date.now();
      while (load.isResting('one')) jest.advanceTimersByTime(500);
      rests.push(Date.now() - start);
    }
    expect(rests).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
    load.failed('one');
    load.answered('one');
    expect(load.isResting('one')).toBe(false);
  });

  it('while one request tries whether it is back', () => {
    load.failed('free');
    jest.advanceTimersByTime(1_000);
    expect(load.isResting('free')).toBe(false);
    load.take(FREE);
    expect(load.isResting('free')).toBe(true);
    load.answered('free');
    expect(load.isResting('free')).toBe(false);
  });

  it('for as long as it asked to, at most a minute', () => {
    load.asksForPause('one', 5_000);
    jest.advanceTimersByTime(4_999);
    expect(load.isResting('one')).toBe(true);
    jest.advanceTimersByTime(1);
    expect(load.isResting('one')).toBe(false);
    load.asksForPause('one', 3_600_000);
    jest.advanceTimersByTime(60_000);
    expect(load.isResting('one')).toBe(false);
    load.asksForPause('one', null);
    jest.advanceTimersByTime(1_000);
    expect(load.isResting('one')).toBe(false);
  });

  it('and nothing is kept of it when nothing is to be said', () => {
    load.take(ONE);
    load.failed('one');
    load.release('one');
    expect(load.size).toBe(1);
    load.take(ONE);
    load.answered('one');
    load.release('one');
    expect(load.size).toBe(0);
  });
});
