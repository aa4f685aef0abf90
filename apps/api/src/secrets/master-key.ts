import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { makeFolder } from '../config/data-folder.js';
import { storageProblem } from '../config/storage-problem.js';
import { ConfigError, type Config } from '../config.js';
import { generateMasterKey, SecretBox } from './secret-box.js';

const FILE_NAME = 'master.key';

/**
 * The box of this installation: keys from the settings, else from `master.key` in the data directory, which is made
 * (mode 0600) when missing. Throws ConfigError where a key is not usable; an unusable file is never overwritten.
 */
export function openSecretBox(config: Pick<Config, 'masterKeys' | 'dataDirectory'>): SecretBox {
  const file = path.join(config.dataDirectory, FILE_NAME);
  const keys = config.masterKeys?.keys ?? [readOrCreate(file)];
  try {
    return new SecretBox(keys);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const source = config.masterKeys?.variable ?? file;
    throw new ConfigError(source, `${cause.message}. Nothing was changed; put the right key back and start again`, {
      cause,
    });
  }
}

function readOrCreate(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw keyFileError(file, error, 'the key file cannot be read');
    }
  }
  const folder = path.dirname(file);
  try {
    makeFolder(folder);
  } catch (error) {
    throw storageProblem(folder, error) ?? error;
  }
  const key = generateMasterKey();
  // Written under another name first: whoever finds the file finds a whole key in it, also after a crash.
  const draft = `${file}.${randomUUID()}`;
  try {
    const handle = openSync(draft, 'wx', 0o600);
    try {
      writeSync(handle, `${key}\n`);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    giveName(draft, file);
    return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return readFileSync(file, 'utf8').trim();
    throw keyFileError(file, error, 'the key file cannot be written');
  } finally {
    rmSync(draft, { force: true });
  }
}

function keyFileError(file: string, cause: unknown, what: string): ConfigError {
  return storageProblem(file, cause, what) ?? new ConfigError(file, what, { cause });
}

/** Of two processes that start at once, one gives its draft the name, and the other gets EEXIST. */
function giveName(draft: string, file: string): void {
  try {
    linkSync(draft, file);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(String((error as NodeJS.ErrnoException).code)))
      throw error;
    // A file system without hard links, such as exFAT: there nobody can tell which of the two came first.
    renameSync(draft, file);
  }
}
