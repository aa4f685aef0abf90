/** An entry that was put back so lately counts as the youngest still: putting it back costs more than finding it. */
const YOUNG_MS = 100;

/**
 * Instants are on the clock of `performance.now()`: nothing lives longer or shorter because the time of day was set.
 */
interface Entry<V> {
  readonly value: V;
  expiresAtMs: number;
  /** From then on it is nothing to fall back on either. */
  readonly goneAtMs: number;
  youngAtMs: number;
}

interface Options {
  readonly limit: number;
  readonly lifetimeMs: number;
  /** How long an entry can be fallen back on once it has expired. Default 0. */
  readonly graceMs?: number;
}

/**
 * A bounded map whose entries expire. When it is full, the entry used least recently makes room.
 */
export class ExpiringCache<V> {
  readonly #entries = new Map<string, Entry<V>>();

  constructor(private readonly options: Options) {}

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const now = performance.now();
    if (entry.expiresAtMs <= now) {
      if (entry.goneAtMs <= now) this.#entries.delete(key);
      return undefined;
    }
    if (now - entry.youngAtMs < YOUNG_MS) return entry.value;
    this.#entries.delete(key);
    // A Map keeps the order of insertion: putting it back makes it the youngest.
    entry.youngAtMs = now;
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** The entry also where it has expired, as long as its grace lasts. */
  fallBackOn(key: string): V | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && performance.now() < entry.goneAtMs ? entry.value : undefined;
  }

  /** Counts as not expired for that much longer, and no longer than its grace. */
  prolong(key: string, ms: number): void {
    const entry = this.#entries.get(key);
    if (entry !== undefined) entry.expiresAtMs = Math.min(performance.now() + ms, entry.goneAtMs);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  set(key: string, value: V): void {
    this.#entries.delete(key);
    const youngAtMs = performance.now();
    const expiresAtMs = youngAtMs + this.options.lifetimeMs;
    this.#entries.set(key, { value, expiresAtMs, goneAtMs: expiresAtMs + (this.options.graceMs ?? 0), youngAtMs });
    if (this.#entries.size <= this.options.limit) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }

  deleteWhere(matches: (value: V) => boolean): void {
    for (const [key, entry] of this.#entries) if (matches(entry.value)) this.#entries.delete(key);
  }

  get size(): number {
    return this.#entries.size;
  }
}
