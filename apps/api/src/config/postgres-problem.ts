import { ConfigError } from './config-error.js';
import { parsePostgresUrl, type DatabaseConfig } from './database-url.js';
import { codeOf } from './storage-problem.js';

/** What PostgreSQL answers where the URL is wrong, whenever it is tried again. */
const REFUSALS: ReadonlyMap<string, string> = new Map([
  ['28P01', 'does not take this user with this password'],
  ['28000', 'does not let this user in from here: see its pg_hba.conf, and whether it wants ?sslmode=require'],
  ['3D000', 'has no database of this name: make it (CREATE DATABASE), or name another one'],
  ['42501', 'does not let this user make tables: give it the right, or use the owner of the database'],
]);

/** What may be over in a moment. */
const TROUBLES: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'refuses the connection: see whether it runs there'],
  ['ENOTFOUND', 'is not found: no name server knows the host'],
  ['EAI_AGAIN', 'is not found: no name server answers'],
  ['ETIMEDOUT', 'does not answer'],
  ['EHOSTUNREACH', 'cannot be reached from this machine'],
  ['ENETUNREACH', 'cannot be reached from this machine'],
  ['ECONNRESET', 'closed the connection'],
  ['53300', 'has no connection left'],
  ['57P03', 'is starting or stopping'],
]);

/** Of an error with which PostgreSQL refuses what DATABASE_URL says; null of any other. */
export function postgresProblem(cause: unknown, database: DatabaseConfig): ConfigError | null {
  const code = codeOf(cause);
  const words = REFUSALS.get(code);
  if (database.kind !== 'postgres' || words === undefined) return null;
  return new ConfigError('DATABASE_URL', `${nameOf(database.url)} ${words} (${code})`, { cause });
}

/** In words, why PostgreSQL is not there right now; null where the error says nothing of it. */
export function postgresTrouble(error: unknown, database: DatabaseConfig): string | null {
  const code = codeOf(error);
  const words = TROUBLES.get(code);
  if (database.kind !== 'postgres' || words === undefined) return null;
  return `${nameOf(database.url)}, which DATABASE_URL names, ${words} (${code})`;
}

function nameOf(url: string): string {
  const { host, port } = parsePostgresUrl(url);
  return `PostgreSQL at ${host}:${String(port)}`;
}
