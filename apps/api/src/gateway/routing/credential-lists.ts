import { Slices } from '@intrallm/providers';
import type { Actor } from '../../auth/actor.js';
import { Audience } from '../../models/audience.js';
import type { Route, RoutingTable } from './routing-table.js';

/** Audiences whose lists are kept beside that of all models. */
const LISTS_KEPT = 50;

/**
 * A list of the models that a credential may use, made once for each state of the routing table. There may be tens of
 * thousands, so it is made in slices, and whoever asks for the same list meanwhile waits for the same one.
 */
export class CredentialLists<L> {
  #version = -1;
  readonly #lists = new Map<string, Promise<L>>();

  /** `make` gets the routes in byte order of their names, and is to pause with the slices. */
  constructor(
    private readonly table: RoutingTable,
    private readonly make: (routes: AsyncIterable<Route>, slices: Slices) => Promise<L>,
  ) {}

  of(actor: Actor): Promise<L> {
    if (this.#version !== this.table.version) this.#lists.clear();
    this.#version = this.table.version;
    const audience = Audience.of(actor);
    const known = this.#lists.get(audience.key);
    if (known !== undefined) return known;
    const slices = new Slices();
    const list = this.make(this.#routes(audience, slices), slices);
    this.#lists.set(audience.key, list);
    list.catch(() => {
      if (this.#lists.get(audience.key) === list) this.#lists.delete(audience.key);
    });
    const [oldest] = this.#lists.keys();
    if (this.#lists.size > LISTS_KEPT && oldest !== undefined) this.#lists.delete(oldest);
    return list;
  }

  async *#routes(audience: Audience, slices: Slices): AsyncGenerator<Route> {
    for (const name of this.table.names) {
      if (slices.isOver) await slices.pause();
      const route = audience.allows(name) ? this.table.find(name) : undefined;
      if (route !== undefined) yield route;
    }
  }
}
