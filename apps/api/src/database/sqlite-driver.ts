import { createRequire } from 'node:module';
import type BetterSqlite from 'better-sqlite3';

type Sqlite = typeof BetterSqlite;

const require = createRequire(import.meta.url);

/**
 * The binding to SQLite that this Node.js can run: better-sqlite3 13 where npm installed it, which is on Node.js 22 and
 * newer, else 12. docs/decisions/better-sqlite3-rather-than-sqlite3.md says why there are two.
 */
export const Sqlite = load();

function load(): Sqlite {
  try {
    return require('better-sqlite3-node-api') as Sqlite;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    return require('better-sqlite3') as Sqlite;
  }
}
