import { ConfigError } from './config-error.js';

/** What a file system or SQLite says where a place cannot be used, with what is to be done about it. */
const PROBLEMS: readonly (readonly [RegExp, string])[] = [
  [
    /^(?:ENOSPC|EDQUOT|SQLITE_FULL)/,
    'its disk is full. Free some space, or set INTRALLM_DATA (or DATABASE_URL) to a place on another disk',
  ],
  [
    /^(?:EROFS|SQLITE_READONLY)/,
    'it is read-only. Let it be written, or set INTRALLM_DATA (or DATABASE_URL) to a place that can be',
  ],
  [
    /^(?:EACCES|EPERM|SQLITE_PERM|SQLITE_AUTH)/,
    `the user of this process${userId()} may not write there. Give the folder to that user (chown), or set INTRALLM_DATA (or DATABASE_URL) to another place`,
  ],
  [
    /^(?:ENOTDIR|EEXIST)/,
    'a file stands where a folder has to be. Remove it, or set INTRALLM_DATA (or DATABASE_URL) to another place',
  ],
  [/^(?:EISDIR)/, 'a folder stands where a file has to be. Remove it, or set DATABASE_URL to another place'],
  [
    /^(?:ENOENT|ENAMETOOLONG|ELOOP|SQLITE_CANTOPEN)/,
    'it cannot be made or opened. Set INTRALLM_DATA (or DATABASE_URL) to a place that can be',
  ],
  [/^SQLITE_NOTADB/, 'it is no SQLite database. Put the right file there, or set DATABASE_URL to another one'],
  [/^SQLITE_CORRUPT/, 'the database in it is damaged. Put a backup in its place'],
  [/^(?:EIO|SQLITE_IOERR)/, 'its disk cannot be read or written. Look into the log of the operating system'],
];

/** An error that names the place and says what to do; null where the cause is no trouble with files. */
export function storageProblem(place: string, cause: unknown, what = 'cannot be used'): ConfigError | null {
  const code = codeOf(cause);
  const [, words] = PROBLEMS.find(([pattern]) => pattern.test(code)) ?? [];
  return words === undefined ? null : new ConfigError(place, `${what}, because ${words} (${code})`, { cause });
}

/** The code of a system error or of SQLite's, TypeORM's wrapping taken off; '' where there is none. */
export function codeOf(error: unknown): string {
  const { code, driverError } = (error ?? {}) as { code?: unknown; driverError?: { code?: unknown } };
  const found = driverError?.code ?? code;
  return typeof found === 'string' ? found : '';
}

function userId(): string {
  const id = process.getuid?.();
  return id === undefined ? '' : ` (id ${String(id)})`;
}
