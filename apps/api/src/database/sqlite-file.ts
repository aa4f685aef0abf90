import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, openSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeFolder, tighten } from '../config/data-folder.js';
import { storageProblem } from '../config/storage-problem.js';

/** What SQLite keeps beside the file itself; each gets the mode of the file. */
const COMPANIONS = ['', '-wal', '-shm', '-journal'] as const;
const OWNER_ONLY = 0o600;
/** What a migration and the log of SQLite's next writes need at the least. */
const PROBE_BYTES = 256 * 1024;

/**
 * Makes the file of a database ready to be opened: its folder exists, there is room, and nobody but this user reads it.
 * Throws ConfigError that names the folder and says what to do. `warn` is told of what stays open to others.
 */
export function prepareSqliteFile(file: string, warn: (place: string) => void): void {
  const folder = path.dirname(file);
  try {
    makeFolder(folder);
    probe(folder);
  } catch (error) {
    throw storageProblem(folder, error) ?? error;
  }
  try {
    // Made by SQLite itself, it would be as the umask has it: readable by everybody.
    closeSync(openSync(file, 'a', OWNER_ONLY));
  } catch (error) {
    throw storageProblem(file, error) ?? error;
  }
  for (const companion of COMPANIONS) tighten(`${file}${companion}`, OWNER_ONLY, warn);
}

/** A disk may be full, and still hold the few bytes of an empty file. */
function probe(folder: string): void {
  const file = path.join(folder, `.probe-${randomUUID()}`);
  try {
    const handle = openSync(file, 'wx', OWNER_ONLY);
    try {
      // Not writeSync, which writes what there is room for and says so by a number.
      writeFileSync(handle, Buffer.alloc(PROBE_BYTES));
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } finally {
    rmSync(file, { force: true });
  }
}
