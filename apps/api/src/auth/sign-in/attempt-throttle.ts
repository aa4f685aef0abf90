import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { AppError } from '../../errors.js';
import { ExpiringCache } from '../../lib/expiring-cache.js';
import { hashToken } from '../tokens/secret-token.js';
import { callerNetwork } from './caller-network.js';

const WINDOW_SECONDS = 15 * 60;
const FAILURES_PER_ACCOUNT = 10;
const FAILURES_PER_ADDRESS = 50;
const KNOWN_PLACES = { limit: 10_000, lifetimeMs: 30 * 24 * 3_600_000 };

/** What is known of where an attempt comes from. */
interface Familiar {
  /** The account signed in from this address before. */
  readonly wasHere?: boolean;
  /** The account signed in with this device before: its tries are counted by it alone. */
  readonly device?: string | null;
}

/**
 * Bounds how many passwords can be tried: 10 wrong ones for an account and 50 from an address in 15 minutes. An address
 * that an account signed in from before has a count of its own, and that of the address does not hold for it: strangers
 * cannot lock its owner out, also from behind the same proxy; so has a device that the account signed in with. Counts
 * live in this process; a restart forgets them.
 */
export class AttemptThrottle {
  readonly #accounts = new RateLimiterMemory({ points: FAILURES_PER_ACCOUNT, duration: WINDOW_SECONDS });
  readonly #addresses = new RateLimiterMemory({ points: FAILURES_PER_ADDRESS, duration: WINDOW_SECONDS });
  readonly #knownPlaces = new ExpiringCache<true>(KNOWN_PLACES);

  /** @param onAddressFull is told when an attempt is refused for its address, whatever account it is for. */
  constructor(private readonly onAddressFull: (ip: string | null) => void = () => undefined) {}

  /**
   * Runs the check and gives its result; null from it counts as a wrong password. Attempts count before the check, so
   * trying in parallel gains nothing. Throws RATE_LIMITED with `retryAfterMs` without running the check; what the check
   * throws comes through and does not count.
   */
  async attempt<T>(
    account: string,
    ip: string | null,
    check: () => Promise<T | null>,
    { wasHere = false, device = null }: Familiar = {},
  ): Promise<T | null> {
    const address = callerNetwork(ip);
    const place = hashToken(`${account} ${address}`);
    const isKnown = device !== null || wasHere || this.#knownPlaces.get(place) !== undefined;
    const accountKey =
      device !== null ? hashToken(`${account} device ${device}`) : isKnown ? place : hashToken(account);
    if (!isKnown) await this.#consumeAddress(address, ip);
    await consume(this.#accounts, accountKey);
    let result: T | null;
    try {
      result = await check();
    } catch (error) {
      await Promise.all([...(isKnown ? [] : [this.#addresses.reward(address)]), this.#accounts.reward(accountKey)]);
      throw error;
    }
    if (result === null) return null;
    this.#knownPlaces.set(place, true);
    await Promise.all([...(isKnown ? [] : [this.#addresses.reward(address)]), this.#accounts.delete(accountKey)]);
    return result;
  }

  async #consumeAddress(address: string, ip: string | null): Promise<void> {
    try {
      await consume(this.#addresses, address);
    } catch (error) {
      this.onAddressFull(ip);
      throw error;
    }
  }
}

async function consume(limiter: RateLimiterMemory, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    // The limiter reckons with the time of day; its windows end by timers, whatever that is set to.
    const retryAfterMs = Math.min(Math.max(1, Math.ceil(refusal.msBeforeNext)), WINDOW_SECONDS * 1_000);
    throw new AppError('RATE_LIMITED', 'Too many wrong passwords. Wait before you try again.', { retryAfterMs });
  }
}
