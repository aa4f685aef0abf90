import { OPEN_NETWORK, type Actor, type TokenLimit } from '../auth/actor.js';
import { AppError } from '../errors.js';

interface State {
  /** Requests that may be started now, a fraction of one included. */
  left: number;
  /** When `left` was counted, in milliseconds since the epoch. */
  at: number;
  inFlight: number;
}

const MINUTE_MS = 60_000;
/** Of tokens with limits that were used lately. The least recently used one makes room: it may begin anew. */
const REMEMBERED = 10_000;

/** Holds API tokens to their requests per minute and requests in flight, in this process. */
export class TokenLimits {
  readonly #states = new Map<string, State>();

  constructor(private readonly now: () => number = Date.now) {}

  /**
   * Counts a request on every limit of the credential; gives the function that ends it, to be called once. Throws
   * RATE_LIMITED with the time after which another one is let through, and then counts on none.
   */
  enter(actor: Actor): () => void {
    if (actor.type !== 'token' || actor.limits.length === 0) return nothing;
    const counted = actor.limits.map((limit) => ({
      limit,
      state: this.#stateOf(limit.tokenId, limit.requestsPerMinute),
    }));
    for (const { limit, state } of counted) {
      if (limit.maxInFlight !== null && state.inFlight >= limit.maxInFlight) {
        throw limited(limit, `${String(limit.maxInFlight)} requests at a time`, 1_000);
      }
      if (limit.requestsPerMinute !== null && state.left < 1) {
        const waitMs = ((1 - state.left) * MINUTE_MS) / limit.requestsPerMinute;
        throw limited(limit, `${String(limit.requestsPerMinute)} requests per minute`, Math.ceil(waitMs));
      }
    }
    for (const { limit, state } of counted) {
      if (limit.requestsPerMinute !== null) state.left -= 1;
      state.inFlight += 1;
    }
    return () => {
      for (const { state } of counted) state.inFlight -= 1;
    };
  }

  /** Refilled up to now: steadily, up to what a minute allows. */
  #stateOf(tokenId: string, requestsPerMinute: number | null): State {
    const now = this.now();
    const most = requestsPerMinute ?? 0;
    const state = this.#states.get(tokenId) ?? { left: most, at: now, inFlight: 0 };
    state.left = Math.min(most, state.left + ((now - state.at) * most) / MINUTE_MS);
    state.at = now;
    this.#states.delete(tokenId);
    this.#states.set(tokenId, state);
    const [oldest] = this.#states.keys();
    if (this.#states.size > REMEMBERED && oldest !== undefined) this.#states.delete(oldest);
    return state;
  }
}

const nothing = (): void => undefined;

function limited({ tokenId }: TokenLimit, what: string, retryAfterMs: number): AppError {
  const who = tokenId === OPEN_NETWORK ? 'All clients without a token together' : 'This token';
  return new AppError('RATE_LIMITED', `${who} may make ${what}.`, { retryAfterMs });
}
