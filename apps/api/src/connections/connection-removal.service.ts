import { IsNull, Not } from 'typeorm';
import { auditActor, system, type Actor } from '../auth/actor.js';
import { instant, until } from '../database/columns.js';
import type { Database } from '../database/database.js';
import { rowLock } from '../database/write.js';
import { notFound } from '../errors.js';
import type { Versions } from '../events/versions.js';
import { Secret } from '../secrets/secret.entity.js';
import type { Vault } from '../secrets/vault.js';
import type { ConnectionCatalogue } from './catalogue-port.js';
import { announce, connectionChanged, connectionRemoved } from './connection-events.js';
import { findByName, nameTaken } from './connection-name.js';
import {
  lockConnection,
  refuseManaged,
  refuseStale,
  saveConnection,
  saveHealth,
  targetOf,
  writeNamed,
} from './connection-store.js';
import { Connection } from './connection.entity.js';
import { ConnectionHealth } from './health/connection-health.entity.js';
import { switchedHealth } from './health/health-transition.js';

/** How long a removed connection can be brought back. */
export const RESTORABLE_MS = 60_000;

interface Options {
  readonly database: Database;
  readonly vault: Vault;
  readonly versions: Versions;
  readonly catalogue: ConnectionCatalogue;
}

/** Removes connections, brings them back, and destroys what is left of them in time. */
export class ConnectionRemovalService {
  constructor(private readonly options: Options) {}

  /**
   * Takes the connection out of sight at once and frees its name. Its secrets go a minute later, with `purgeRemoved`.
   */
  async remove(actor: Actor, id: string, version?: number | null): Promise<void> {
    await this.options.database.write(async (write) => {
      const { connection, health } = await lockConnection(write, id);
      refuseManaged(connection);
      refuseStale(connection, version);
      await saveConnection(write, { ...connection, removedAt: write.now });
      write.audit({
        action: 'connection.removed',
        actor: auditActor(actor),
        target: targetOf(connection),
        changes: [],
      });
      if (connection.enabled) await this.options.catalogue.announce(write, connection, 'HIDDEN');
      announce(write, this.options.versions, connectionRemoved(connection, health.status));
    });
  }

  /**
   * Brings a connection back as it was, within a minute of its removal; it is checked at once. Throws NOT_FOUND after
   * that, and CONFLICT where another connection took its name.
   */
  async restore(actor: Actor, id: string): Promise<Connection> {
    return writeNamed(this.options.database, async (write) => {
      const removed = await write.manager.findOne(Connection, {
        where: { id, removedAt: Not(IsNull()) },
        ...rowLock(write),
      });
      const isTooLate = (removed?.removedAt?.getTime() ?? 0) + RESTORABLE_MS <= write.now.getTime();
      if (removed === null || isTooLate) throw notFound('This connection');
      const takenBy = await findByName(write.manager, removed.name);
      if (takenBy !== null) throw nameTaken(null, takenBy);
      const connection: Connection = { ...removed, removedAt: null };
      const old = await write.manager.findOneByOrFail(ConnectionHealth, { connectionId: id });
      const health = connection.enabled ? switchedHealth(old, connection, write.now) : old;
      await saveConnection(write, connection);
      await saveHealth(write, health);
      write.audit({
        action: 'connection.restored',
        actor: auditActor(actor),
        target: targetOf(connection),
        changes: [],
      });
      if (connection.enabled) await this.options.catalogue.announce(write, connection, 'SHOWN');
      const modelCount = await this.options.catalogue.count(write.manager, id);
      const change = { cause: 'RESTORED', previous: null, modelCount } as const;
      announce(write, this.options.versions, connectionChanged(connection, health, change));
      return connection;
    });
  }

  /** Destroys the secrets of connections that can no longer be restored; gives how many connections it cleared. */
  async purgeRemoved(now: Date): Promise<number> {
    const latest = new Date(now.getTime() - RESTORABLE_MS);
    const due = await this.options.database.read
      .createQueryBuilder(Connection, 'c')
      // The health row goes last: as long as it stands, something is left to be cleared.
      .innerJoin(ConnectionHealth, 'h', 'h.connectionId = c.id')
      .where('c.removedAt <= :latest', { latest: instant(latest) })
      .getMany();
    for (const { id } of due) await this.#purge(id, latest);
    return due.length;
  }

  async #purge(id: string, latest: Date): Promise<void> {
    await this.options.database.write(async (write) => {
      const connection = await write.manager.findOne(Connection, {
        where: { id, removedAt: until(latest) },
        ...rowLock(write),
      });
      if (connection === null) return;
      const secrets = await write.manager.findBy(Secret, { connectionId: id });
      await this.options.vault.remove(write.manager, id, null);
      await saveConnection(write, { ...connection, apiKeyPreview: null });
      await this.options.catalogue.abandon(write, connection);
      await write.manager.delete(ConnectionHealth, { connectionId: id });
      if (secrets.length === 0) return;
      const changes = secrets.map(({ slot }) => ({
        field: slot.replace(/^header:/, 'headers.'),
        before: null,
        after: 'removed',
      }));
      const actor = auditActor(system('retention'));
      write.audit({ action: 'connection.secretsDestroyed', actor, target: targetOf(connection), changes });
    });
  }
}
