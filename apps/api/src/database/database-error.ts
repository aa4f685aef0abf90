import { QueryFailedError } from 'typeorm';
import { AppError, unavailable } from '../errors.js';

const POSTGRES_TROUBLE = /^(08|53|57|58|XX|40|25006|55P03)/;

/** The code that the driver gave, "SQLITE_BUSY" or "23505"; null where the error is no driver's. */
export function driverCode(error: unknown): string | null {
  const source = error instanceof QueryFailedError ? (error.driverError as unknown) : error;
  const code = (source as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : null;
}

export function isBusy(error: unknown): boolean {
  return driverCode(error)?.startsWith('SQLITE_BUSY') ?? false;
}

/** A unique index refused the row. */
export function isUniqueViolation(error: unknown): boolean {
  const code = driverCode(error);
  return code === '23505' || code === 'SQLITE_CONSTRAINT_UNIQUE' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY';
}

/**
 * A database in trouble is UNAVAILABLE (503), never anything else; other errors come back as they are. What a driver
 * hangs on its error, the statement and its parameters, is dropped: parameters may be secret.
 */
export function translateDatabaseError(error: unknown): unknown {
  if (error instanceof AppError) return error;
  const code = driverCode(error);
  if (code === null) return error;
  const cause = Object.assign(new Error(error instanceof Error ? error.message : String(error)), { code });
  if (code.startsWith('SQLITE_FULL')) return unavailable('The database has no room left on its disk.', cause);
  if (isBusy(error) || code.startsWith('SQLITE_LOCKED'))
    return unavailable('The database is locked. Try again.', cause);
  if (/^SQLITE_(IOERR|CANTOPEN|CORRUPT|NOTADB|READONLY|PROTOCOL|NOMEM)/.test(code)) {
    return unavailable('The database cannot be used right now.', cause);
  }
  if (/^E[A-Z]+$/.test(code) || POSTGRES_TROUBLE.test(code)) {
    return unavailable('The database cannot be reached right now.', cause);
  }
  return error instanceof QueryFailedError ? cause : error;
}
