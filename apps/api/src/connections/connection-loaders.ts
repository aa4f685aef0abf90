import DataLoader from 'dataloader';
import { In, IsNull } from 'typeorm';
import type { Problem } from '@intrallm/providers';
import type { Database } from '../database/database.js';
import type { Secret } from '../secrets/secret.entity.js';
import type { Vault } from '../secrets/vault.js';
import { Connection } from './connection.entity.js';
import type { KeyState } from './connection.types.js';
import { API_KEY_SLOT } from './endpoint/endpoint-plan.js';
import type { LinkedUrls } from './endpoint/linked-urls.js';
import { warningsOf } from './endpoint/warnings.js';
import { ConnectionHealth } from './health/connection-health.entity.js';
import type { ManagedSecrets } from './managed/managed-secrets.js';

interface Options {
  readonly database: Database;
  readonly vault: Vault;
  readonly linkedUrls: LinkedUrls;
  readonly managedSecrets: ManagedSecrets;
}

/** Factories of the loaders of one request: pass each to the request context's `once`. */
export class ConnectionLoaders {
  constructor(private readonly options: Options) {}

  /** Connections that are not removed, by id. */
  readonly connection = (): DataLoader<string, Connection | null> =>
    new DataLoader(async (ids) => {
      const found = await this.options.database.read.findBy(Connection, { id: In([...ids]), removedAt: IsNull() });
      return inOrderOf(ids, new Map(found.map((connection) => [connection.id, connection])));
    });

  /** Health by connection id. */
  readonly health = (): DataLoader<string, ConnectionHealth> =>
    new DataLoader(async (ids) => {
      const found = await this.options.database.read.findBy(ConnectionHealth, { connectionId: In([...ids]) });
      const byId = new Map(found.map((health) => [health.connectionId, health]));
      return ids.map((id) => byId.get(id) ?? new Error(`connection ${id} has no health`));
    });

  /** Sealed rows by connection id; they hold no plain text. */
  readonly secrets = (): DataLoader<string, readonly Secret[]> =>
    new DataLoader(async (ids) => {
      const byId = new Map<string, Secret[]>(ids.map((id) => [id, []]));
      for (const secret of await this.options.vault.list(this.options.database.read, ids)) {
        byId.get(secret.connectionId)?.push(secret);
      }
      return ids.map((id) => byId.get(id) ?? []);
    });

  /** Names of the other connections of the same kind at the same URL. */
  readonly alsoLinkedAs = (): DataLoader<Connection, readonly string[]> =>
    new DataLoader(async (connections) => this.options.linkedUrls.namesBefore(connections));

  /** What the rows say of the connection's key. */
  keyState(connection: Connection, secrets: readonly Secret[]): KeyState {
    if (connection.apiKeyPreview === null) return 'NONE';
    if (connection.managedBy !== 'ADMIN') {
      return this.options.managedSecrets.find(connection.id) === null ? 'NONE' : 'STORED';
    }
    const key = secrets.find((secret) => secret.slot === API_KEY_SLOT);
    return key !== undefined && this.options.vault.isReadable(key) ? 'STORED' : 'UNREADABLE';
  }

  warnings(
    connection: Connection,
    known: { secrets: readonly Secret[]; health: ConnectionHealth; alsoLinkedAs: readonly string[] },
  ): Problem[] {
    const sendsKey = connection.apiKeyPreview !== null && connection.auth !== 'NONE';
    return warningsOf({
      url: connection.url,
      sendsSecret: sendsKey || connection.headers.some((header) => header.secret),
      alsoLinkedAs: known.alsoLinkedAs,
      stages: known.health.stages,
      hasUnreadableSecret: known.secrets.some((secret) => !this.options.vault.isReadable(secret)),
    });
  }
}

function inOrderOf<T>(ids: readonly string[], byId: ReadonlyMap<string, T>): (T | null)[] {
  return ids.map((id) => byId.get(id) ?? null);
}
