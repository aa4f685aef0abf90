// Keeps one subscription to connectionStatus going for as long as somebody listens. It knows neither sockets nor the
// cache: what it holds is the cursor, the waiting and the question whether coming back makes sense at all.
import { errorCode } from '../error-codes.js';
import { backoffMs } from './backoff.js';

/** The part of a status event that the stream itself reads. */
export interface StatusStreamEvent {
  kind: string;
  cursor?: string | null;
  connectionId?: string | null;
}

export interface StreamSink<Event> {
  next(event: Event): void;
  error(error: unknown): void;
  complete(): void;
}

/**
 * connecting: nothing has come yet. live: events come. reconnecting: the link broke, another try is on its way.
 * signedOut: the session has ended, no further try. refused: the server will not have us, no further try.
 */
export type StreamState = 'connecting' | 'live' | 'reconnecting' | 'signedOut' | 'refused';

export interface StatusStreamOptions<Event extends StatusStreamEvent> {
  /** Opens one subscription, from a cursor or from the start. Returns how to end it. */
  subscribe(after: string | null, sink: StreamSink<Event>): () => void;
  /** Called for each event in order, CHECKPOINT included. */
  onEvent(event: Event): void;
  /** Called when a start without a cursor has told everything: whatever is not in it no longer exists. */
  onSnapshot(connectionIds: ReadonlySet<string>): void;
  onState(state: StreamState): void;
  /** Default: setTimeout. Returns how to call it off. */
  schedule?: (run: () => void, afterMs: number) => () => void;
  /** Default: Math.random. */
  random?: () => number;
}

export interface StatusStream {
  /** Tries at once if it is waiting: the network is back, the page is looked at again. */
  hurry(): void;
  stop(): void;
}

/** Starts at once and goes on until `stop`. After a break it resumes behind the last cursor seen. */
export function startStatusStream<Event extends StatusStreamEvent>(options: StatusStreamOptions<Event>): StatusStream {
  const schedule = options.schedule ?? scheduleTimeout;
  let cursor: string | null = null;
  let snapshot: Set<string> | null = null;
  let attempt = 0;
  let generation = 0;
  let endSubscription: (() => void) | null = null;
  let cancelWait: (() => void) | null = null;

  const connect = () => {
    cancelWait = null;
    snapshot = cursor === null ? new Set() : null;
    generation += 1;
    const own = generation;
    // A sink that was given up must not speak any more: a socket may well report its end late.
    const whileCurrent =
      <Args extends unknown[]>(run: (...args: Args) => void) =>
      (...args: Args) => {
        if (own === generation) run(...args);
      };
    const end = options.subscribe(cursor, {
      next: whileCurrent(receive),
      error: whileCurrent(fail),
      complete: whileCurrent(() => fail(null)),
    });
    if (own === generation) endSubscription = end;
    else end();
  };

  const receive = (event: Event) => {
    attempt = 0;
    if (event.kind === 'SNAPSHOT' && event.connectionId) snapshot?.add(event.connectionId);
    options.onEvent(event);
    if (event.cursor) cursor = event.cursor;
    if (event.kind === 'CHECKPOINT' && snapshot) {
      options.onSnapshot(snapshot);
      snapshot = null;
    }
    options.onState('live');
  };

  const fail = (error: unknown) => {
    giveUpCurrent();
    const verdict = judge(error);
    if (verdict === 'signedOut' || verdict === 'refused') {
      options.onState(verdict);
      return;
    }
    if (verdict === 'startAgain') cursor = null;
    options.onState('reconnecting');
    cancelWait = schedule(connect, backoffMs(attempt, options.random));
    attempt += 1;
  };

  const giveUpCurrent = () => {
    generation += 1;
    endSubscription?.();
    endSubscription = null;
  };

  options.onState('connecting');
  connect();

  return {
    hurry() {
      if (!cancelWait) return;
      cancelWait();
      connect();
    },
    stop() {
      cancelWait?.();
      cancelWait = null;
      giveUpCurrent();
    },
  };
}

/** Close codes are those of the API: 4401 the credential is invalid, 4403 it was revoked; any other break passes. */
function judge(error: unknown): 'signedOut' | 'refused' | 'startAgain' | 'comeAgain' {
  const closeCode = readCloseCode(error);
  if (closeCode !== null) return closeCode === 4401 || closeCode === 4403 ? 'signedOut' : 'comeAgain';
  switch (errorCode(error)) {
    case 'UNAUTHENTICATED':
      return 'signedOut';
    case 'FORBIDDEN':
      return 'refused';
    case 'CURSOR_EXPIRED':
      return 'startAgain';
    default:
      return 'comeAgain';
  }
}

function readCloseCode(error: unknown): number | null {
  const isClose = typeof error === 'object' && error !== null && 'code' in error && 'reason' in error;
  return isClose && typeof error.code === 'number' ? error.code : null;
}

function scheduleTimeout(run: () => void, afterMs: number): () => void {
  const timer = setTimeout(run, afterMs);
  return () => clearTimeout(timer);
}
