import { AppError } from '../errors.js';

/** Requests that may wait for a place at one connection, and for how long. */
const QUEUE = { limit: 100, patienceMs: 30_000 };
/** How long an endpoint that failed is left alone: doubled with each failure in a row. */
const REST = { firstMs: 1_000, longestMs: 15_000 };
/** While one request tries whether an endpoint is back, the others leave it alone for this long at most. */
const TRIAL_MS = 10_000;
/** No `Retry-After` keeps an endpoint out for longer. */
const LONGEST_PAUSE_MS = 60_000;

/** What of a connection its load depends on. */
export interface Limited {
  readonly id: string;
  /** Null: no limit. */
  readonly maxInFlight: number | null;
}

interface State {
  inFlight: number;
  /** Failures since the last good answer. */
  failures: number;
  /** Left alone until then, in milliseconds since the epoch. */
  restUntil: number;
  /** Null: nobody has waited yet. */
  waiting: Set<() => void> | null;
}

/**
 * What the gateway knows by itself of the endpoints, request by request: how many requests are under way at each, who
 * waits for a place, and which ones are better left alone for a moment. The monitor's status is another matter: it says
 * what is healthy, this says what to ask next.
 */
export class EndpointLoad {
  readonly #states = new Map<string, State>();

  constructor(private readonly now: () => number = Date.now) {}

  inFlight(connectionId: string): number {
    return this.#states.get(connectionId)?.inFlight ?? 0;
  }

  isFull({ id, maxInFlight }: Limited): boolean {
    return maxInFlight !== null && this.inFlight(id) >= maxInFlight;
  }

  /** It failed a moment ago or asked for a pause, and nobody knows yet that it is back. */
  isResting(connectionId: string): boolean {
    const state = this.#states.get(connectionId);
    return state !== undefined && state.restUntil > this.now();
  }

  /** Takes a place where one is free, and says whether it did. To be given back by `release`. */
  take(connection: Limited): boolean {
    if (this.isFull(connection)) return false;
    const state = this.#stateOf(connection.id);
    state.inFlight += 1;
    // Its rest is over, but it has not answered yet: this request is the one that finds out.
    if (state.failures > 0) state.restUntil = this.now() + TRIAL_MS;
    return true;
  }

  release(connectionId: string): void {
    const state = this.#states.get(connectionId);
    if (state === undefined) return;
    state.inFlight -= 1;
    const next = state.waiting?.values().next().value;
    if (next !== undefined) next();
    else this.#forget(connectionId, state);
  }

  /**
   * Waits for a place, in the order of arrival, and takes it. Throws OVERLOADED when too many wait or it takes too long,
   * and the signal's reason.
   */
  wait(connection: Limited, signal: AbortSignal): Promise<void> {
    if (this.take(connection)) return Promise.resolve();
    const state = this.#stateOf(connection.id);
    state.waiting ??= new Set();
    const { waiting } = state;
    if (waiting.size >= QUEUE.limit) return Promise.reject(overloaded('and too many requests wait for one'));
    return new Promise((resolve, reject) => {
      const end = (): void => {
        waiting.delete(admit);
        clearTimeout(timer);
        signal.removeEventListener('abort', leave);
      };
      const admit = (): void => {
        end();
        state.inFlight += 1;
        resolve();
      };
      const leave = (): void => {
        end();
        reject(signal.reason as Error);
      };
      const timer = setTimeout(() => {
        end();
        reject(overloaded('and none became free in time'));
      }, QUEUE.patienceMs);
      waiting.add(admit);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  /** No connection, or no answer. */
  failed(connectionId: string): void {
    const state = this.#stateOf(connectionId);
    const restMs = Math.min(REST.firstMs * 2 ** state.failures, REST.longestMs);
    state.failures += 1;
    state.restUntil = this.now() + restMs;
  }

  /** It asked to be left alone: a 429 or 503, with how long in milliseconds where it said so. */
  asksForPause(connectionId: string, pauseMs: number | null): void {
    const state = this.#stateOf(connectionId);
    state.restUntil = this.now() + Math.min(pauseMs ?? REST.firstMs, LONGEST_PAUSE_MS);
  }

  answered(connectionId: string): void {
    const state = this.#states.get(connectionId);
    if (state === undefined) return;
    state.failures = 0;
    state.restUntil = 0;
  }

  /** Connections that something is known of. */
  get size(): number {
    return this.#states.size;
  }

  #stateOf(connectionId: string): State {
    let state = this.#states.get(connectionId);
    if (state === undefined) {
      state = { inFlight: 0, failures: 0, restUntil: 0, waiting: null };
      this.#states.set(connectionId, state);
    }
    return state;
  }

  /** What says nothing is not kept, so that connections of the past take no memory. */
  #forget(connectionId: string, { inFlight, failures, restUntil }: State): void {
    if (inFlight === 0 && failures === 0 && restUntil === 0) this.#states.delete(connectionId);
  }
}

function overloaded(why: string): AppError {
  return new AppError('OVERLOADED', `Every place at the endpoints of this model is taken, ${why}. Try again.`, {
    retryAfterMs: 1_000,
  });
}
