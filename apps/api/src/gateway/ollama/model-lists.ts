import type { Actor } from '../../auth/actor.js';
import { Audience } from '../../models/audience.js';
import type { Route, RoutingTable } from '../routing-table.js';
import { toEntry, toRunningEntry } from './model-entry.js';

interface Lists {
  readonly tags: Buffer;
  readonly running: Buffer;
}

/** Allowlists whose lists are kept beside that of all models. */
const LISTS_KEPT = 50;

/** The models of the gateway as Ollama lists them. Made once for each state of the routing table, and never asked for. */
export class OllamaModelLists {
  #version = -1;
  readonly #lists = new Map<string, Lists>();
  /** As they are printed. A change makes few routes anew, and all of them take too long to be printed again for it. */
  readonly #entries = new WeakMap<Route, string>();

  constructor(private readonly table: RoutingTable) {}

  /** What the credential may use, in byte order of the names; and which of it was in memory when its endpoint was last asked. */
  of(actor: Actor): Lists {
    if (this.#version !== this.table.version) this.#lists.clear();
    this.#version = this.table.version;
    const audience = Audience.of(actor);
    const known = this.#lists.get(audience.key);
    if (known !== undefined) return known;
    const routes = this.table.routes.filter(({ name }) => audience.allows(name));
    const running = routes.filter(({ facts }) => facts.some(({ loaded }) => Boolean(loaded)));
    const lists = {
      tags: toBytes(routes.map((route) => this.#entry(route))),
      running: toBytes(running.map((route) => JSON.stringify(toRunningEntry(route)))),
    };
    this.#lists.set(audience.key, lists);
    const [oldest] = this.#lists.keys();
    if (this.#lists.size > LISTS_KEPT && oldest !== undefined) this.#lists.delete(oldest);
    return lists;
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
