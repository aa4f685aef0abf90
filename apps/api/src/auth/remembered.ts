/**
 * A bounded map whose entries expire. When it is full, the entry used least recently makes room.
 */
export class Remembered<V> {
  readonly #entries = new Map<string, { readonly value: V; readonly expiresAtMs: number }>();

  constructor(private readonly options: { readonly limit: number; readonly lifetimeMs: number }) {}

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    if (entry.expiresAtMs <= Date.now()) return undefined;
    // A Map keeps the order of insertion: putting it back makes it the youngest.
    this.#entries.set(key, entry);
    return entry.value;
  }

  set(key: string, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, expiresAtMs: Date.now() + this.options.lifetimeMs });
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
