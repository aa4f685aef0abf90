import { AppError } from '../../errors.js';
import { EndpointRest } from './endpoint-rest.js';

/** Requests that may wait for a slot at one connection, and for how long. */
const QUEUE = { limit: 100, patienceMs: 30_000 };

/** What of a connection its load depends on. */
export interface Limited {
  readonly id: string;
  /** Null: no limit. */
  readonly maxInFlight: number | null;
}

/** The connection was switched off or removed while a request waited for a slot at it. */
export class ConnectionGone extends Error {}

interface Waiter {
  readonly admit: () => void;
  readonly refuse: (reason: Error) => void;
}

interface State {
  inFlight: number;
  readonly rest: EndpointRest;
  /** In the order of arrival. */
  readonly waiting: Set<Waiter>;
  /** As the last request that had to wait knew it. */
  maxInFlight: number | null;
  /** Switched off or removed: nothing is kept of it when its last request has ended. */
  isGone: boolean;
}

/**
 * What the gateway knows by itself of the endpoints, request by request: how many requests are under way at each, who
 * waits for a slot, and which ones failed or asked for a pause a moment ago. The monitor's status says what is healthy;
 * this says which endpoint is sent the next request.
 */
export class EndpointLoad {
  readonly #states = new Map<string, State>();
  /** Of the connections that are known: a request that began before an edit carries the limit of that time. */
  readonly #limits = new Map<string, number | null>();

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** The connection was added or edited. Those who wait are let in as far as its limit allows by now. */
  follow({ id, maxInFlight }: Limited): void {
    this.#limits.set(id, maxInFlight);
    const state = this.#states.get(id);
    if (state === undefined) return;
    state.isGone = false;
    this.#admit(state, maxInFlight);
  }

  /** The connection was switched off or removed. Those who wait for it are told by `ConnectionGone`. */
  forget(connectionId: string): void {
    this.#limits.delete(connectionId);
    const state = this.#states.get(connectionId);
    if (state === undefined) return;
    state.isGone = true;
    for (const { refuse } of [...state.waiting])
      refuse(new ConnectionGone('The connection was switched off or removed.'));
    this.#clear(connectionId, state);
  }

  inFlight(connectionId: string): number {
    return this.#states.get(connectionId)?.inFlight ?? 0;
  }

  /** Also while somebody waits, for nobody overtakes them. */
  isFull(connection: Limited): boolean {
    const most = this.#limitOf(connection);
    const state = this.#states.get(connection.id);
    return most !== null && state !== undefined && (state.inFlight >= most || state.waiting.size > 0);
  }

  /**
   * It failed a moment ago or asked for a pause, and nobody knows yet that it is back. Model undefined: with any model.
   */
  isResting(connectionId: string, model?: string): boolean {
    return this.#states.get(connectionId)?.rest.isResting(model) ?? false;
  }

  /** Takes a slot where one is free, and says whether it did. To be given back by `release`. */
  take(connection: Limited, model?: string): boolean {
    if (this.isFull(connection) || this.#limitOf(connection) === 0) return false;
    const state = this.#stateOf(connection.id);
    state.inFlight += 1;
    state.rest.tried(model);
    return true;
  }

  release(connectionId: string): void {
    const state = this.#states.get(connectionId);
    if (state === undefined) return;
    state.inFlight -= 1;
    this.#admit(state, this.#limitOf({ id: connectionId, maxInFlight: state.maxInFlight }));
    this.#clear(connectionId, state);
  }

  /**
   * Waits for a slot, in the order of arrival, and takes it. Throws OVERLOADED when too many wait or it takes too long,
   * `ConnectionGone`, and the signal's reason.
   */
  wait(connection: Limited, signal: AbortSignal): Promise<void> {
    if (this.take(connection)) return Promise.resolve();
    const state = this.#stateOf(connection.id);
    const { waiting } = state;
    state.maxInFlight = connection.maxInFlight;
    if (waiting.size >= QUEUE.limit) return Promise.reject(overloaded('and too many requests wait for one'));
    return new Promise((resolve, reject) => {
      const end = (): void => {
        waiting.delete(waiter);
        clearTimeout(timer);
        signal.removeEventListener('abort', leave);
      };
      const refuse = (reason: Error): void => {
        end();
        this.#clear(connection.id, state);
        reject(reason);
      };
      const admit = (): void => {
        end();
        state.inFlight += 1;
        resolve();
      };
      const leave = (): void => refuse(signal.reason as Error);
      const waiter = { admit, refuse };
      const timer = setTimeout(() => refuse(overloaded('and none became free in time')), QUEUE.patienceMs);
      waiting.add(waiter);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  /** No connection, or no answer; with a model: an answer for it that says that whoever has it failed. */
  failed(connectionId: string, model?: string): void {
    this.#known(connectionId)?.rest.failed(model);
  }

  /** It asked to be left alone: a 429 or 503, with how long in milliseconds where it said so. */
  asksForPause(connectionId: string, pauseMs: number | null, model?: string): void {
    this.#known(connectionId)?.rest.pause(pauseMs, model);
  }

  /** With a model: what is held against its other models stays. */
  answered(connectionId: string, model?: string): void {
    this.#states.get(connectionId)?.rest.answered(model);
  }

  /** Connections that something is known of. */
  get size(): number {
    return this.#states.size;
  }

  #limitOf({ id, maxInFlight }: Limited): number | null {
    const known = this.#limits.get(id);
    return known === undefined ? maxInFlight : known;
  }

  #admit(state: State, most: number | null): void {
    for (const { admit } of [...state.waiting]) {
      if (most !== null && state.inFlight >= most) return;
      admit();
    }
  }

  #stateOf(connectionId: string): State {
    let state = this.#states.get(connectionId);
    if (state === undefined) {
      state = { inFlight: 0, rest: new EndpointRest(this.now), waiting: new Set(), maxInFlight: null, isGone: false };
      this.#states.set(connectionId, state);
    }
    return state;
  }

  /** Nothing is held any more against a connection that is gone. */
  #known(connectionId: string): State | null {
    const state = this.#stateOf(connectionId);
    return state.isGone ? null : state;
  }

  /** What says nothing is not kept, so that connections of the past take no memory. */
  #clear(connectionId: string, { inFlight, waiting, rest, isGone }: State): void {
    if (inFlight === 0 && waiting.size === 0 && (isGone || rest.saysNothing)) this.#states.delete(connectionId);
  }
}

function overloaded(why: string): AppError {
  return new AppError('OVERLOADED', `Every place at the endpoints of this model is taken, ${why}. Try again.`, {
    retryAfterMs: 1_000,
  });
}
