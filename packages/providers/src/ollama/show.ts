import { BoundedCache } from '../bounded-cache.js';
import type { EndpointCaller } from '../check/endpoint-caller.js';
import { toShownFacts, type ShownFacts } from './mapping.js';
import { showSchema } from './wire.js';

const CONCURRENCY = 4;
const MAX_PER_CHECK = 100;
const TIMEOUT_MS = 2_000;

export interface ShownModel {
  readonly name: string;
  /** The same digest is the same model, wherever it is installed. */
  readonly digest: string | null;
}

/** Asks older servers about each model, once per digest: their list says nothing of capabilities. */
export class ShowReader {
  private readonly facts = new BoundedCache<ShownFacts>(5_000);

  /** By name, as far as the time allows: at most 100 requests, four at a time. The rest comes with the next check. */
  async read(caller: EndpointCaller, models: readonly ShownModel[]): Promise<ReadonlyMap<string, ShownFacts>> {
    const found = new Map<string, ShownFacts>();
    const missing = models.filter(({ name, digest }) => {
      const known = digest ? this.facts.get(digest) : undefined;
      if (known) found.set(name, known);
      return !known;
    });
    const queue = missing.slice(0, MAX_PER_CHECK);
    const until = performance.now() + caller.remainingMs() / 2;
    const worker = async () => {
      for (let next = queue.shift(); next && performance.now() < until; next = queue.shift()) {
        const facts = await this.ask(caller, next);
        if (facts) found.set(next.name, facts);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
    return found;
  }

  private async ask(caller: EndpointCaller, { name, digest }: ShownModel): Promise<ShownFacts | null> {
    const body = JSON.stringify({ model: name });
    const answer = await caller.optionalJson(`${caller.endpoint.url}/api/show`, {
      method: 'POST',
      body,
      timeoutMs: TIMEOUT_MS,
    });
    const parsed = showSchema.safeParse(answer);
    if (!parsed.success) return null;
    const facts = toShownFacts(parsed.data);
    if (digest) this.facts.set(digest, facts);
    return facts;
  }
}
