import { IsNull } from 'typeorm';
import { isUniqueViolation } from '../database/database-error.js';
import type { Database } from '../database/database.js';
import type { Write } from '../database/write.js';
import { AppError, notFound } from '../errors.js';
import { Connection } from './connection.entity.js';
import { ConnectionHealth } from './health/connection-health.entity.js';

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

/** SQLite has one writer anyway and no such lock. */
export const rowLock = (write: Write): { lock?: { mode: 'pessimistic_write' } } =>
  write.manager.dataSource.options.type === 'postgres' ? { lock: { mode: 'pessimistic_write' } } : {};

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

/** @param field the input that asks for the name; null where no input does. */
export function nameTaken(field: string | null, existingId: string): AppError {
  const message = 'Another connection has this name.';
  return new AppError('CONFLICT', message, {
    existingId,
    ...(field === null ? {} : { field, issues: [{ field, message }] }),
  });
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
