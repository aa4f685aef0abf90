import type { ModelInMemory } from '@intrallm/providers';
import type { Actor } from '../../auth/actor.js';
import type { ModelsInMemory } from '../../models/models-in-memory.js';
import { CredentialLists } from '../routing/credential-lists.js';
import type { Route, RoutingTable } from '../routing/routing-table.js';
import { toEntry, toRunningEntry } from './model-entry.js';

interface Lists {
  readonly tags: Buffer;
  /** Those that an instance had in memory when it was last looked at. */
  readonly loaded: readonly Route[];
}

/** Names in memory that are told: no fleet has as many. */
const MOST_LOADED = 2_000;

/** The models of the gateway as Ollama lists them. No endpoint is asked for them. */
export class OllamaModelLists {
  readonly #lists: CredentialLists<Lists>;
  /** As they are printed. A change makes few routes anew, and all of them take too long to be printed again for it. */
  readonly #entries = new WeakMap<Route, string>();

  constructor(
    table: RoutingTable,
    private readonly inMemory: Pick<ModelsInMemory, 'find'>,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#lists = new CredentialLists(table, (routes) => this.#make(routes));
  }

  /** What the credential may use, in byte order of the names. */
  async tags(actor: Actor): Promise<Buffer> {
    return (await this.#lists.of(actor)).tags;
  }

  /** What of it is in the memory of an instance, by its last check. */
  async running(actor: Actor): Promise<Buffer> {
    const { loaded } = await this.#lists.of(actor);
    const now = this.now();
    return toBytes(
      loaded.flatMap((route) => {
        const entry = toRunningEntry(route, this.#inMemory(route), now);
        return entry === null ? [] : JSON.stringify(entry);
      }),
    );
  }

  async #make(routes: AsyncIterable<Route>): Promise<Lists> {
    const entries: string[] = [];
    const loaded: Route[] = [];
    for await (const route of routes) {
      entries.push(this.#entry(route));
      const isLoaded = route.facts.some((facts) => Boolean(facts.loaded));
      if (isLoaded && loaded.length < MOST_LOADED) loaded.push(route);
    }
    return { tags: toBytes(entries), loaded };
  }

  /** Of several instances that of the one that keeps it longest. */
  #inMemory({ candidates }: Route): ModelInMemory | null {
    const all = candidates.flatMap(({ connection, upstreamId }) => this.inMemory.find(connection.id, upstreamId) ?? []);
    const untilOf = ({ expiresAt }: ModelInMemory) => (expiresAt === null ? 0 : Date.parse(expiresAt));
    return all.reduce<ModelInMemory | null>(
      (best, one) => (best === null || untilOf(one) > untilOf(best) ? one : best),
      null,
    );
  }

  #entry(route: Route): string {
    let entry = this.#entries.get(route);
    if (entry === undefined) {
      entry = JSON.stringify(toEntry(route));
      this.#entries.set(route, entry);
    }
    return entry;
  }
}

const toBytes = (models: readonly string[]): Buffer => Buffer.from(`{"models":[${models.join(',')}]}`);
