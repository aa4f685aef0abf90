import { QueryFailedError } from 'typeorm';
import { AppError, unavailable } from '../errors.js';

/** Also the classes of a database that is gone or lets nobody in: no caller of ours can do anything about either. */
const POSTGRES_TROUBLE = /^(08|28|3D|53|57|58|XX|40|25006|55000)/;
/** The driver's own errors have no code: the connection broke, or none came about in time. */
const POSTGRES_BROKEN =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;

/** The code that the driver gave, "SQLITE_BUSY" or "23505"; null where the error is no driver's. */
function driverCode(error: unknown): string | null {
  const source = error instanceof QueryFailedError ? (error.driverError as unknown) : error;
  const code = (source as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : null;
}

export function isBusy(error: unknown): boolean {
  return driverCode(error)?.startsWith('SQLITE_BUSY') ?? false;
}

/**
 * Whether an error of a socket is the database's: one of a statement, or of looking for a server. A caller who goes
 * away breaks a connection as well (EPIPE, ECONNRESET while writing or reading), and says nothing of the database.
 */
function isOfConnection(error: unknown, code: string): boolean {
  if (!/^E[A-Z_]+$/.test(code)) return false;
  if (error instanceof QueryFailedError) return true;
  const { syscall } = error as { syscall?: unknown };
  return syscall === 'connect' || syscall === 'getaddrinfo';
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
  // What has an HTTP status is no driver's: a caller who leaves in the middle of a body breaks a connection too.
  if (typeof (error as { statusCode?: unknown } | null | undefined)?.statusCode === 'number') return error;
  const code = driverCode(error);
  const message = error instanceof Error ? error.message : String(error);
  if (code === null) {
    if (POSTGRES_BROKEN.test(message))
      return unavailable('The database cannot be reached right now.', new Error(message));
    return error instanceof QueryFailedError ? new Error(message) : error;
  }
  const cause = Object.assign(new Error(message), { code });
  if (code.startsWith('SQLITE_FULL')) return unavailable('The database has no room left on its disk.', cause);
  if (isBusy(error) || code.startsWith('SQLITE_LOCKED') || code === '55P03')
    return unavailable('The database is locked. Try again.', cause);
  // PostgreSQL has no NUL in its texts; what is written is checked before, field by field.
  if (code === '22021') return new AppError('BAD_USER_INPUT', 'A text holds a character that cannot be stored.');
  if (/^SQLITE_(IOERR|CANTOPEN|CORRUPT|NOTADB|READONLY|PROTOCOL|NOMEM)/.test(code)) {
    return unavailable('The database cannot be used right now.', cause);
  }
  if (code === '57014') return unavailable('The database took too long to answer. Try again.', cause);
  if (code === '53100') return unavailable('The database has no room left on its disk.', cause);
  if (isOfConnection(error, code) || POSTGRES_TROUBLE.test(code)) {
    return unavailable('The database cannot be reached right now.', cause);
  }
  return error instanceof QueryFailedError ? cause : error;
}
