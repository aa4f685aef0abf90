import { AppError } from '../../errors.js';
import { ExpiringCache } from '../../lib/expiring-cache.js';
import type { Logger } from '../../log/logger.js';
import { callerNetwork } from '../sign-in/caller-network.js';

/** A bucket holds `burst` look-ups, and gets `perSecond` more until it is full again. */
interface Size {
  readonly burst: number;
  readonly perSecond: number;
}

export interface LookUpBudgetOptions {
  /** For one address. Default: 200, and 10 a second. */
  readonly ofAddress?: Size;
  /** For all addresses together. Default: 2,000, and 200 a second. */
  readonly ofAll?: Size;
}

const OF_ADDRESS: Size = { burst: 200, perSecond: 10 };
const OF_ALL: Size = { burst: 2_000, perSecond: 200 };
const MAX_ADDRESSES = 10_000;
const TOLD_EVERY_MS = 60_000;

/**
 * Bounds what the database is asked about credentials that nobody here has seen: whoever invents one at random costs a
 * look-up each time. What turns out to be valid is given back, so that only guesses use it up.
 */
export class LookUpBudget {
  readonly #ofAddress: Size;
  readonly #all: Bucket;
  readonly #addresses: ExpiringCache<Bucket>;
  #toldAtMs = -Infinity;

  constructor(
    private readonly logger: Logger,
    { ofAddress = OF_ADDRESS, ofAll = OF_ALL }: LookUpBudgetOptions = {},
  ) {
    this.#ofAddress = ofAddress;
    this.#all = new Bucket(ofAll);
    // A bucket that nobody took from for as long is full: forgetting it changes nothing.
    this.#addresses = new ExpiringCache({
      limit: MAX_ADDRESSES,
      lifetimeMs: (ofAddress.burst / ofAddress.perSecond) * 1_000,
    });
  }

  /** Takes one look-up, and gives the function that puts it back. Throws RATE_LIMITED with `retryAfterMs`. */
  take(ip: string | null): () => void {
    const network = callerNetwork(ip);
    const address = this.#addresses.get(network) ?? new Bucket(this.#ofAddress);
    // An address that is over its share takes nothing from the others.
    const buckets = [address, this.#all];
    for (const [index, bucket] of buckets.entries()) {
      const waitMs = bucket.take();
      if (waitMs === 0) continue;
      for (const taken of buckets.slice(0, index)) taken.giveBack();
      this.#tell(ip);
      throw new AppError('RATE_LIMITED', 'Too many unknown credentials. Wait before you try again.', {
        retryAfterMs: waitMs,
      });
    }
    this.#addresses.set(network, address);
    return () => {
      for (const bucket of buckets) bucket.giveBack();
    };
  }

  #tell(ip: string | null): void {
    const now = performance.now();
    if (now - this.#toldAtMs < TOLD_EVERY_MS) return;
    this.#toldAtMs = now;
    this.logger.warn(
      { ip },
      'too many unknown credentials: those that were never used here get 429 for a moment. ' +
        'If it is the address of your proxy, name it in INTRALLM_TRUSTED_PROXIES, so that callers are told apart by their own.',
    );
  }
}

class Bucket {
  #left: number;
  #atMs = performance.now();

  constructor(private readonly size: Size) {
    this.#left = size.burst;
  }

  /** 0: taken; otherwise the time until one is there. */
  take(): number {
    const now = performance.now();
    this.#left = Math.min(this.size.burst, this.#left + ((now - this.#atMs) / 1_000) * this.size.perSecond);
    this.#atMs = now;
    if (this.#left < 1) return Math.max(1, Math.ceil(((1 - this.#left) / this.size.perSecond) * 1_000));
    this.#left -= 1;
    return 0;
  }

  giveBack(): void {
    this.#left = Math.min(this.size.burst, this.#left + 1);
  }
}
