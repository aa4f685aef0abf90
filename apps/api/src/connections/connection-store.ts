import { IsNull } from 'typeorm';
import { isUniqueViolation } from '../database/database-error.js';
import type { Database } from '../database/database.js';
import { rowLock, type Write } from '../database/write.js';
import { AppError, notFound } from '../errors.js';
import { nameKeyOf } from './connection-name.js';
import { Connection } from './connection.entity.js';
import { ConnectionHealth } from './health/connection-health.entity.js';
import { DEFAULT_SETTINGS, type Settings } from './settings/connection-settings.js';

const NAME_ATTEMPTS = 4;

/** The connection and its health, locked until the write ends. Throws NOT_FOUND for a removed one too. */
export async function lockConnection(
  write: Write,
  id: string,
): Promise<{ connection: Connection; health: ConnectionHealth }> {
  const connection = await write.manager.findOne(Connection, {
    where: { id, removedAt: IsNull() },
    ...rowLock(write),
  });
  if (connection === null) throw notFound('This connection');
  const health = await write.manager.findOneByOrFail(ConnectionHealth, { connectionId: id });
  return { connection, health };
}

/** Throws CONFLICT where the caller saw another version than the one stored. */
export function refuseStale(connection: Connection, version: number | null | undefined): void {
  if (version === null || version === undefined || version === connection.version) return;
  throw new AppError('CONFLICT', 'Somebody else changed this connection meanwhile.', {
    currentVersion: connection.version,
  });
}

/** Throws MANAGED for a connection that the settings of the server decide about. */
export function refuseManaged(connection: Connection): void {
  if (connection.managedBy === 'ADMIN') return;
  const where = connection.managedBy === 'ENVIRONMENT' ? 'environment' : 'settings file';
  throw new AppError(
    'MANAGED',
    `The ${where} of the server decides about this connection: it can only be toggled here.`,
  );
}

/** A write that takes a name: run again where another process took that name in the same moment. */
export async function writeNamed<T>(database: Database, work: (write: Write) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await database.write(work);
    } catch (error) {
      if (attempt === NAME_ATTEMPTS || !isUniqueViolation(error)) throw error;
    }
  }
}

/** Stores the row as it is now. */
export async function saveConnection(write: Write, connection: Connection): Promise<void> {
  await write.manager.upsert(Connection, { ...connection }, ['id']);
}

export async function saveHealth(write: Write, health: ConnectionHealth): Promise<void> {
  await write.manager.upsert(ConnectionHealth, { ...health }, ['connectionId']);
}

/** What audit entries name as their target. */
export const targetOf = (connection: Connection) => ({
  type: 'connection',
  id: connection.id,
  label: connection.name,
});

type GivenOfNew = Pick<Connection, 'id' | 'kind' | 'name' | 'nameIsDefault' | 'enabled'> &
  Pick<Connection, 'url' | 'auth' | 'headers' | 'apiKeyPreview'> &
  Partial<Settings & Pick<Connection, 'managedBy' | 'managedKey'>>;

/**
 * The row of a new connection: an administrator's, and with the default of every setting, unless `given` says
 * otherwise.
 */
export function newConnection(now: Date, given: GivenOfNew): Connection {
  return {
    ...DEFAULT_SETTINGS,
    managedBy: 'ADMIN',
    managedKey: null,
    ...given,
    nameKey: nameKeyOf(given.name),
    enabledUntilGone: null,
    version: 1,
    endpointRevision: 1,
    createdAt: now,
    updatedAt: now,
    removedAt: null,
  };
}
