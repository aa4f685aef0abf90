import { createHash } from 'node:crypto';
import type { Actor } from '../../auth/actor.js';
import { Audience } from '../../models/audience.js';
import { CredentialLists } from '../routing/credential-lists.js';
import type { Route, RoutingTable } from '../routing/routing-table.js';

/** A list as it is sent, and its entity tag. */
export interface ModelListing {
  readonly bytes: Buffer;
  readonly etag: string;
}

/** The models of the gateway in OpenAI's shape. */
export class ModelList {
  readonly #lists: CredentialLists<ModelListing>;

  constructor(private readonly table: RoutingTable) {
    this.#lists = new CredentialLists(table, toListing);
  }

  /** What the credential may use, in byte order of the names. */
  all(actor: Actor): Promise<ModelListing> {
    return this.#lists.of(actor);
  }

  /** Null: there is none of that name, or it is not for the credential. */
  find(actor: Actor, name: string): object | null {
    const route = this.table.find(name);
    return route === undefined || !Audience.of(actor).allows(name) ? null : toModel(route);
  }
}

async function toListing(routes: AsyncIterable<Route>): Promise<ModelListing> {
  const hash = createHash('sha256');
  const pieces: Buffer[] = [];
  let text = '{"object":"list","data":[';
  const flush = () => {
    const piece = Buffer.from(text);
    hash.update(piece);
    pieces.push(piece);
    text = '';
  };
  let isFirst = true;
  for await (const route of routes) {
    text += (isFirst ? '' : ',') + JSON.stringify(toModel(route));
    isFirst = false;
    if (text.length > PIECE_CHARACTERS) flush();
  }
  text += ']}';
  flush();
  return { bytes: Buffer.concat(pieces), etag: `"${hash.digest('base64url').slice(0, 22)}"` };
}

const PIECE_CHARACTERS = 64 * 1024;

const toModel = ({ name, created, ownedBy }: Route) => ({
  id: name,
  object: 'model',
  created,
  owned_by: ownedBy ?? 'intrallm',
});
