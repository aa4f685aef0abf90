import type { DiscoveredModel, ModelInMemory } from '@intrallm/providers';

/** Connections whose models in memory are known; of the one that was asked longest ago they are forgotten first. */
const MOST_CONNECTIONS = 10_000;
/** Of one connection. */
const MOST_MODELS = 200;

/**
 * What Ollama instances had in memory when they were last checked. It is kept here and not in the catalogue, because
 * the time of expiry moves with every request.
 */
export class ModelsInMemory {
  readonly #connections = new Map<string, ReadonlyMap<string, ModelInMemory>>();

  constructor(private readonly now: () => number = Date.now) {}

  /** What the endpoint told, in place of what it told before. */
  put(connectionId: string, models: readonly DiscoveredModel[]): void {
    const loaded = new Map<string, ModelInMemory>();
    for (const { upstreamId, inMemory } of models) {
      if (inMemory && loaded.size < MOST_MODELS) loaded.set(upstreamId, inMemory);
    }
    this.#connections.delete(connectionId);
    if (loaded.size === 0) return;
    this.#connections.set(connectionId, loaded);
    const [oldest] = this.#connections.keys();
    if (this.#connections.size > MOST_CONNECTIONS && oldest !== undefined) this.#connections.delete(oldest);
  }

  /** Whether it was there, and is not unloaded by now. */
  holds(connectionId: string, upstreamId: string): boolean {
    const found = this.find(connectionId, upstreamId);
    return found !== null && (found.expiresAt === null || Date.parse(found.expiresAt) > this.now());
  }

  find(connectionId: string, upstreamId: string): ModelInMemory | null {
    return this.#connections.get(connectionId)?.get(upstreamId) ?? null;
  }
}
