import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { ConfigError, type Config } from '../config.js';
import { generateMasterKey, SecretBox } from './secret-box.js';

const FILE_NAME = 'master.key';

/**
 * The box of this installation: keys from the settings, else from `master.key` in the data directory, which is made
 * (mode 0600) when missing. Throws ConfigError where a key is not usable; an unusable file is never overwritten.
 */
export function openSecretBox(config: Pick<Config, 'masterKeys' | 'dataDirectory'>): SecretBox {
  const file = path.join(config.dataDirectory, FILE_NAME);
  const keys = config.masterKeys ?? [readOrCreate(file)];
  try {
    return new SecretBox(keys);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const source = config.masterKeys === null ? file : 'INTRALLM_MASTER_KEY';
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
      throw new ConfigError(file, 'the key file cannot be read', { cause: error });
    }
  }
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const key = generateMasterKey();
  try {
    // "wx": of two processes that start at once, one makes the file and the other reads it.
    const handle = openSync(file, 'wx', 0o600);
    try {
      writeSync(handle, `${key}\n`);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    chmodSync(file, 0o600);
    return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return readFileSync(file, 'utf8').trim();
    throw new ConfigError(file, 'the key file cannot be written', { cause: error });
  }
}
