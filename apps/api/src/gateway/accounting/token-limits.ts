import { OPEN_NETWORK, type Actor, type TokenLimit } from '../../auth/actor.js';
import { AppError } from '../../errors.js';

interface State {
  /** Requests that may be started now, a fraction of one included. */
  left: number;
  /** When `left` was counted, in milliseconds. */
  at: number;
  inFlight: number;
}

const MINUTE_MS = 60_000;
/**
 * Of tokens with limits that were used lately and have nothing under way. The least recently used one may begin anew.
 */
const REMEMBERED = 10_000;

/** Holds API tokens to their requests per minute and requests in flight, in this process. */
export class TokenLimits {
  /** Those with requests under way: as many as there are requests, and never forgotten. */
  readonly #busy = new Map<string, State>();
  /** The least recently used first. */
  readonly #idle = new Map<string, State>();

  /** `now` in milliseconds; by default a clock that is never set back. */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /**
   * Counts a request on every limit of the credential; gives the function that ends it, to be called once. Throws
   * RATE_LIMITED with the time after which another one is let through, and then counts on none.
   */
  enter(actor: Actor): () => void {
    if (actor.type !== 'token' || actor.limits.length === 0) return nothing;
    const counted = actor.limits.map((limit) => ({ limit, state: this.#refilled(limit) }));
    for (const { limit, state } of counted) {
      if (limit.maxInFlight !== null && state.inFlight >= limit.maxInFlight) {
        throw limited(limit, `${String(limit.maxInFlight)} requests at a time`, 1_000);
      }
      if (limit.requestsPerMinute !== null && state.left < 1) {
        const waitMs = ((1 - state.left) * MINUTE_MS) / limit.requestsPerMinute;
        throw limited(limit, `${String(limit.requestsPerMinute)} requests per minute`, Math.ceil(waitMs));
      }
    }
    for (const { limit, state } of counted) this.#begin(limit, state);
    return () => {
      for (const { limit, state } of counted) this.#end(limit, state);
    };
  }

  /** Refilled up to now: steadily, up to what a minute allows. */
  #refilled({ tokenId, requestsPerMinute }: TokenLimit): State {
    const now = this.now();
    const most = requestsPerMinute ?? 0;
    let state = this.#busy.get(tokenId) ?? this.#idle.get(tokenId);
    if (state === undefined) {
      state = { left: most, at: now, inFlight: 0 };
      this.#keep(tokenId, state);
    }
    state.left = Math.min(most, state.left + ((now - state.at) * most) / MINUTE_MS);
    state.at = now;
    return state;
  }

  #begin({ tokenId, requestsPerMinute }: TokenLimit, state: State): void {
    if (requestsPerMinute !== null) state.left -= 1;
    state.inFlight += 1;
    this.#idle.delete(tokenId);
    this.#busy.set(tokenId, state);
  }

  #end({ tokenId }: TokenLimit, state: State): void {
    state.inFlight -= 1;
    if (state.inFlight > 0) return;
    this.#busy.delete(tokenId);
    this.#keep(tokenId, state);
  }

  #keep(tokenId: string, state: State): void {
    this.#idle.delete(tokenId);
    this.#idle.set(tokenId, state);
    const [oldest] = this.#idle.keys();
    if (this.#idle.size > REMEMBERED && oldest !== undefined) this.#idle.delete(oldest);
  }
}

const nothing = (): void => undefined;

function limited({ tokenId }: TokenLimit, what: string, retryAfterMs: number): AppError {
  const who = tokenId === OPEN_NETWORK ? 'All clients without a token together' : 'This token';
  return new AppError('RATE_LIMITED', `${who} may make ${what}.`, { retryAfterMs });
}
