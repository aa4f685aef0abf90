import { postgresProblem } from './config/postgres-problem.js';
import { codeOf, storageProblem } from './config/storage-problem.js';
import { ConfigError, type Config } from './config.js';

/** Deeper than any error of ours is wrapped. */
const MAX_CAUSES = 8;

/**
 * What ended the start as an error of a setting, which names it and says what to do; null where no setting is at fault,
 * and for a port that is taken, which may be free in a moment.
 */
export function startProblem(error: unknown, config: Config): ConfigError | null {
  for (let [cause, depth] = [error, 0]; cause instanceof Error && depth < MAX_CAUSES; depth += 1) {
    if (cause instanceof ConfigError) return cause;
    const found =
      addressProblem(cause, config) ?? fileProblem(cause, config) ?? postgresProblem(cause, config.database);
    if (found !== null) return found;
    cause = cause.cause;
  }
  return null;
}

function addressProblem(cause: NodeJS.ErrnoException, { host, port }: Config): ConfigError | null {
  if (cause.syscall === 'listen' && cause.code === 'EACCES') {
    const what = `${String(port)} is a port that this process may not listen on: set one above 1023`;
    return new ConfigError('PORT', what, { cause });
  }
  const isNoAddress = cause.syscall === 'listen' && ['EADDRNOTAVAIL', 'EINVAL'].includes(String(cause.code));
  if (!isNoAddress && cause.syscall !== 'getaddrinfo') return null;
  const what = `${host} is no address of this machine: 127.0.0.1 is for this machine alone, 0.0.0.0 for all of its addresses`;
  return isNoAddress || (cause as { hostname?: string }).hostname === host
    ? new ConfigError('HOST', what, { cause })
    : null;
}

/** Of SQLite, which names its file by no path, and of files in the data folder. */
function fileProblem(cause: NodeJS.ErrnoException, { database, dataDirectory }: Config): ConfigError | null {
  if (database.kind === 'sqlite' && codeOf(cause).startsWith('SQLITE_')) {
    return storageProblem(database.file, cause);
  }
  return cause.path?.startsWith(dataDirectory) === true ? storageProblem(cause.path, cause) : null;
}
