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
  const stream = new ResumedStream(options);
  stream.start();
  return stream;
}

class ResumedStream<Event extends StatusStreamEvent> implements StatusStream {
  #cursor: string | null = null;
  /** The connections of a start without a cursor, until all are told. */
  #snapshot: Set<string> | null = null;
  /** Breaks since the last event. */
  #attempt = 0;
  /** Which subscription counts: a socket may report the end of an earlier one late. */
  #generation = 0;
  #endSubscription: (() => void) | null = null;
  #cancelWait: (() => void) | null = null;

  constructor(private readonly options: StatusStreamOptions<Event>) {}

  start(): void {
    this.options.onState('connecting');
    this.#connect();
  }

  hurry(): void {
    if (!this.#cancelWait) return;
    this.#cancelWait();
    this.#connect();
  }

  stop(): void {
    this.#cancelWait?.();
    this.#cancelWait = null;
    this.#giveUpCurrent();
  }

  #connect(): void {
    this.#cancelWait = null;
    this.#snapshot = this.#cursor === null ? new Set() : null;
    this.#generation += 1;
    const own = this.#generation;
    const ifCurrent = (run: () => void): void => {
      if (own === this.#generation) run();
    };
    const end = this.options.subscribe(this.#cursor, {
      next: (event) => ifCurrent(() => this.#receive(event)),
      error: (error) => ifCurrent(() => this.#fail(error)),
      complete: () => ifCurrent(() => this.#fail(null)),
    });
    if (own === this.#generation) this.#endSubscription = end;
    else end();
  }

  #receive(event: Event): void {
    this.#attempt = 0;
    if (event.kind === 'SNAPSHOT' && event.connectionId) this.#snapshot?.add(event.connectionId);
    this.options.onEvent(event);
    if (event.cursor) this.#cursor = event.cursor;
    if (event.kind === 'CHECKPOINT' && this.#snapshot) {
      this.options.onSnapshot(this.#snapshot);
      this.#snapshot = null;
    }
    this.options.onState('live');
  }

  #fail(error: unknown): void {
    this.#giveUpCurrent();
    const verdict = judge(error);
    if (verdict === 'signedOut' || verdict === 'refused') {
      this.options.onState(verdict);
      return;
    }
    if (verdict === 'startAgain') this.#cursor = null;
    this.options.onState('reconnecting');
    const schedule = this.options.schedule ?? scheduleTimeout;
    this.#cancelWait = schedule(() => this.#connect(), backoffMs(this.#attempt, this.options.random));
    this.#attempt += 1;
  }

  #giveUpCurrent(): void {
    this.#generation += 1;
    this.#endSubscription?.();
    this.#endSubscription = null;
  }
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
