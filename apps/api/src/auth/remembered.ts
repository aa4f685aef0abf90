/** An entry that was put back so lately counts as the youngest still: putting it back costs more than finding it. */
const YOUNG_MS = 100;

interface Entry<V> {
  readonly value: V;
  readonly expiresAtMs: number;
  youngAtMs: number;
}

/**
 * A bounded map whose entries expire. When it is full, the entry used least recently makes room.
 */
export class Remembered<V> {
  readonly #entries = new Map<string, Entry<V>>();

  constructor(private readonly options: { readonly limit: number; readonly lifetimeMs: number }) {}

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const now = Date.now();
    const isOver = entry.expiresAtMs <= now;
    if (!isOver && now - entry.youngAtMs < YOUNG_MS) return entry.value;
    this.#entries.delete(key);
    if (isOver) return undefined;
    // A Map keeps the order of insertion: putting it back makes it the youngest.
    entry.youngAtMs = now;
    this.#entries.set(key, entry);
    return entry.value;
  }

  set(key: string, value: V): void {
    this.#entries.delete(key);
    const youngAtMs = Date.now();
    this.#entries.set(key, { value, expiresAtMs: youngAtMs + this.options.lifetimeMs, youngAtMs });
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
