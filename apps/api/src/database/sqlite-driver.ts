import { createRequire } from 'node:module';
import type BetterSqlite from 'better-sqlite3';

type Sqlite = typeof BetterSqlite;

const require = createRequire(import.meta.url);

/**
 * The binding to SQLite that this Node.js can run: better-sqlite3 13 where npm installed it, which is on Node.js 22 and
 * newer, else 12. docs/decisions/0003-better-sqlite3-rather-than-sqlite3.md says why there are two.
 */
export const Sqlite = load();

/** An optional dependency as well: npm passes over one that it could not build, and says nothing. */
function forNode20(): Sqlite {
  try {
    return require('better-sqlite3') as Sqlite;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw cause;
    throw new Error(
      'No driver of SQLite is installed. Run npm ci again; on Node.js 20 it needs a prebuilt binary, or a compiler and Python 3.',
      { cause },
    );
  }
}

function load(): Sqlite {
  try {
    return require('better-sqlite3-node-api') as Sqlite;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    return forNode20();
  }
}
