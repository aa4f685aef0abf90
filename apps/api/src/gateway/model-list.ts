import { createHash } from 'node:crypto';
import { Audience } from '../models/audience.js';
import type { Actor } from '../auth/actor.js';
import type { Route, RoutingTable } from './routing-table.js';

/** A list as it is sent, and its entity tag. */
export interface ModelListing {
  readonly bytes: Buffer;
  readonly etag: string;
}

/** Allowlists whose lists are kept beside that of all models. */
const LISTS_KEPT = 50;

/** The models of the gateway in OpenAI's shape. Made once for each state of the routing table: there may be tens of thousands. */
export class ModelList {
  #version = -1;
  readonly #listings = new Map<string, ModelListing>();

  constructor(private readonly table: RoutingTable) {}

  /** What the credential may use, in byte order of the names. */
  all(actor: Actor): ModelListing {
    if (this.#version !== this.table.version) this.#listings.clear();
    this.#version = this.table.version;
    const audience = Audience.of(actor);
    const known = this.#listings.get(audience.key);
    if (known !== undefined) return known;
    const routes = this.table.routes.filter(({ name }) => audience.allows(name));
    const bytes = Buffer.from(JSON.stringify({ object: 'list', data: routes.map(toModel) }));
    const listing = { bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"` };
    this.#listings.set(audience.key, listing);
    const [oldest] = this.#listings.keys();
    if (this.#listings.size > LISTS_KEPT && oldest !== undefined) this.#listings.delete(oldest);
    return listing;
  }

  /** Null: there is none of that name, or it is not for the credential. */
  find(actor: Actor, name: string): object | null {
    const route = this.table.find(name);
    return route === undefined || !Audience.of(actor).allows(name) ? null : toModel(route);
  }
}

const toModel = ({ name, created, ownedBy }: Route) => ({
  id: name,
  object: 'model',
  created,
  owned_by: ownedBy ?? 'intrallm',
});
