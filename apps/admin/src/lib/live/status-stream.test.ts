import { describe, expect, it } from '@jest/globals';
import { startStatusStream, type StatusStreamEvent, type StreamSink, type StreamState } from './status-stream.js';

interface Wait {
  run(): void;
  afterMs: number;
  cancelled: boolean;
}

/** A server in the test's hands: every subscription that was opened, and every wait that was asked for. */
function createStage() {
  const opened: { after: string | null; sink: StreamSink<StatusStreamEvent>; ended: boolean }[] = [];
  const waits: Wait[] = [];
  const events: StatusStreamEvent[] = [];
  const snapshots: string[][] = [];
  const states: StreamState[] = [];
  const stream = startStatusStream<StatusStreamEvent>({
    subscribe(after, sink) {
      const subscription = { after, sink, ended: false };
      opened.push(subscription);
      return () => {
        subscription.ended = true;
      };
    },
    onEvent: (event) => events.push(event),
    onSnapshot: (ids) => snapshots.push([...ids]),
    onState: (state) => {
      if (states.at(-1) !== state) states.push(state);
    },
    schedule(run, afterMs) {
      const wait = { run, afterMs, cancelled: false };
      waits.push(wait);
      return () => {
        wait.cancelled = true;
      };
    },
    random: () => 1,
  });
  const last = () => opened.at(-1)!;
  return { stream, opened, waits, events, snapshots, states, last };
}

const change = (cursor: string): StatusStreamEvent => ({ kind: 'CHANGED', cursor, connectionId: 'a' });

describe('the status stream', () => {
  it('starts without a cursor and tells what exists when the snapshot is complete', () => {
    const stage = createStage();
    expect(stage.last().after).toBeNull();
    stage.last().sink.next({ kind: 'SNAPSHOT', cursor: null, connectionId: 'a' });
    stage.last().sink.next({ kind: 'SNAPSHOT', cursor: null, connectionId: 'b' });
    expect(stage.snapshots).toEqual([]);
    stage.last().sink.next({ kind: 'CHECKPOINT', cursor: '7' });
    stage.last().sink.next({ kind: 'CHECKPOINT', cursor: '8' });
    expect(stage.snapshots).toEqual([['a', 'b']]);
    expect(stage.states).toEqual(['connecting', 'live']);
  });

  it('resumes behind the last cursor after a break, and takes no second snapshot', () => {
    const stage = createStage();
    stage.last().sink.next({ kind: 'CHECKPOINT', cursor: '7' });
    stage.last().sink.next(change('8'));
    stage.last().sink.error({ code: 1012, reason: 'restart' });
    expect(stage.states.at(-1)).toBe('reconnecting');
    stage.waits.at(-1)!.run();
    expect(stage.last().after).toBe('8');
    stage.last().sink.next({ kind: 'CHECKPOINT', cursor: '9' });
    expect(stage.snapshots).toHaveLength(1);
    expect(stage.states.at(-1)).toBe('live');
  });

  it('a break in the middle of the snapshot starts it again, whole', () => {
    const stage = createStage();
    stage.last().sink.next({ kind: 'SNAPSHOT', cursor: null, connectionId: 'a' });
    stage.last().sink.error(new Error('gone'));
    stage.waits.at(-1)!.run();
    expect(stage.last().after).toBeNull();
    stage.last().sink.next({ kind: 'SNAPSHOT', cursor: null, connectionId: 'b' });
    stage.last().sink.next({ kind: 'CHECKPOINT', cursor: '7' });
    expect(stage.snapshots).toEqual([['b']]);
  });

  it('waits longer with every failed try, at most half a minute, and shortly again once it was live', () => {
    const stage = createStage();
    for (let round = 0; round < 9; round += 1) {
      stage.last().sink.error(new Error('refused'));
      stage.waits.at(-1)!.run();
    }
    expect(stage.waits.map((wait) => wait.afterMs)).toEqual([
      500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000,
    ]);
    stage.last().sink.next(change('1'));
    stage.last().sink.error(new Error('refused'));
    expect(stage.waits.at(-1)!.afterMs).toBe(500);
  });

  it('an expired cursor starts again without one', () => {
    const stage = createStage();
    stage.last().sink.next(change('8'));
    stage.last().sink.error([{ message: 'too old', extensions: { code: 'CURSOR_EXPIRED' } }]);
    stage.waits.at(-1)!.run();
    expect(stage.last().after).toBeNull();
    stage.last().sink.next({ kind: 'SNAPSHOT', cursor: null, connectionId: 'c' });
    stage.last().sink.next({ kind: 'CHECKPOINT', cursor: '20' });
    expect(stage.snapshots).toEqual([['c']]);
  });

  it.each([
    ['close code 4401', { code: 4401, reason: 'token invalid' }, 'signedOut'],
    ['close code 4403', { code: 4403, reason: 'revoked' }, 'signedOut'],
    ['UNAUTHENTICATED', [{ message: 'no', extensions: { code: 'UNAUTHENTICATED' } }], 'signedOut'],
    ['FORBIDDEN', [{ message: 'no', extensions: { code: 'FORBIDDEN' } }], 'refused'],
  ])('%s ends it: no further try', (_name, error, state) => {
    const stage = createStage();
    stage.last().sink.error(error);
    expect(stage.states.at(-1)).toBe(state);
    expect(stage.waits).toEqual([]);
    stage.stream.hurry();
    expect(stage.opened).toHaveLength(1);
  });

  it.each([1006, 1012, 1013, 4408, 4500])('close code %d is a reason to come again', (code) => {
    const stage = createStage();
    stage.last().sink.error({ code, reason: '' });
    expect(stage.waits).toHaveLength(1);
  });

  it('a subscription that the server completes is opened again', () => {
    const stage = createStage();
    stage.last().sink.complete();
    stage.waits.at(-1)!.run();
    expect(stage.opened).toHaveLength(2);
  });

  it('hurry skips the wait, once', () => {
    const stage = createStage();
    stage.last().sink.error(new Error('offline'));
    stage.stream.hurry();
    stage.stream.hurry();
    expect(stage.opened).toHaveLength(2);
    expect(stage.waits.at(-1)!.cancelled).toBe(true);
  });

  it('what a given-up subscription says late is not heard', () => {
    const stage = createStage();
    const first = stage.last();
    first.sink.error(new Error('gone'));
    stage.waits.at(-1)!.run();
    first.sink.next(change('99'));
    first.sink.error(new Error('gone, once more'));
    expect(stage.events).toEqual([]);
    expect(stage.waits).toHaveLength(1);
  });

  it('stop ends the subscription, the waiting and every further word', () => {
    const stage = createStage();
    stage.stream.stop();
    expect(stage.last().ended).toBe(true);
    stage.last().sink.error(new Error('closed'));
    stage.stream.hurry();
    expect(stage.opened).toHaveLength(1);
    expect(stage.waits).toEqual([]);
  });
});
