import type { Endpoint, Problem } from '@intrallm/providers';
import type { Database } from '../../database/database.js';
import type { Secret } from '../../secrets/secret.entity.js';
import type { OpenedSecret, Vault } from '../../secrets/vault.js';
import type { Connection } from '../connection.entity.js';
import type { ManagedSecrets } from '../managed/managed-secrets.js';
import { slotOf } from '../settings/header-input.js';
import { originOf } from './endpoint-place.js';
import { API_KEY_SLOT } from './endpoint-plan.js';

/** An endpoint ready to be talked to, or why that is not possible. */
export type OpenedEndpoint = { readonly endpoint: Endpoint } | { readonly problem: Problem };

interface Options {
  readonly database: Database;
  readonly vault: Vault;
  readonly managedSecrets: ManagedSecrets;
}

/** Turns connections into endpoints: the one place where their secrets are opened to be sent. */
export class EndpointOpener {
  constructor(private readonly options: Options) {}

  /**
   * Gives the endpoint with its secrets in plain text: use it for a call and let it go. A secret that cannot be opened
   * for this connection at this origin is a problem, KEY_UNREADABLE: nothing is sent without it.
   */
  async open(connection: Connection): Promise<OpenedEndpoint> {
    const secrets = await this.options.vault.list(this.options.database.read, [connection.id]);
    return this.openWith(connection, secrets);
  }

  /** The same with the connection's sealed secrets at hand, without a look into the database. */
  openWith(connection: Connection, secrets: readonly Secret[]): OpenedEndpoint {
    const bySlot = new Map(secrets.map((secret) => [secret.slot, secret]));
    const key = this.#key(connection, bySlot);
    if (key?.state === 'UNREADABLE') return { problem: unreadable('The stored key') };
    const headers: Endpoint['headers'][number][] = [];
    for (const { name, value, secret } of connection.headers) {
      const opened = secret ? this.#secret(connection, bySlot.get(slotOf(name))) : null;
      if (opened?.state === 'UNREADABLE') return { problem: unreadable(`The stored value of the header ${name}`) };
      headers.push({ name, value: opened?.value ?? value ?? '', secret });
    }
    const { kind, url, auth, declaredModels } = connection;
    return { endpoint: { kind, url, auth, apiKey: key?.value ?? null, headers, declaredModels } };
  }

  /** The connection's key alone; null where it has none. */
  async openKey(connection: Connection): Promise<OpenedSecret | null> {
    const secrets = await this.options.vault.list(this.options.database.read, [connection.id]);
    return this.#key(connection, new Map(secrets.map((secret) => [secret.slot, secret])));
  }

  #key(connection: Connection, bySlot: ReadonlyMap<string, Secret>): OpenedSecret | null {
    if (connection.managedBy !== 'ADMIN') {
      const value = this.options.managedSecrets.find(connection.id);
      return value === null ? null : { state: 'STORED', value };
    }
    return connection.apiKeyPreview === null ? null : this.#secret(connection, bySlot.get(API_KEY_SLOT));
  }

  #secret(connection: Connection, secret: Secret | undefined): OpenedSecret {
    return secret === undefined ? { state: 'UNREADABLE' } : this.options.vault.open(secret, originOf(connection.url));
  }
}

function unreadable(what: string): Problem {
  return {
    code: 'KEY_UNREADABLE',
    message: `${what} cannot be opened: it was sealed under another master key, or altered in the database.`,
    hint: 'Enter it again, or start the server with the master key that sealed it.',
    httpStatus: null,
  };
}
