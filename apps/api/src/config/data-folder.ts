import { chmodSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

const OTHERS = 0o077;
/** What we put into the folder. With anything else in it, somebody else may need to enter it too. */
const OURS = /^(?:master\.key(?:\..+)?|intrallm\.db(?:-.+)?|\.probe-.+)$/;

/**
 * Closes the data folder and the key in it to other users of the machine, where they were made by an older version or a
 * generous umask. A folder that holds more than ours is left as it is, and `warn` is told of it.
 */
export function closeDataFolder(folder: string, warn: (place: string) => void): void {
  tighten(path.join(folder, 'master.key'), 0o600, warn);
  if (isOpenToOthers(folder) && !holdsOursAlone(folder)) warn(folder);
  else tighten(folder, 0o700, warn);
}

/**
 * Makes the folder, and those above it, for this user alone, where they are missing. `mkdir` itself never ends below
 * /proc.
 */
export function makeFolder(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return;
  const parent = path.dirname(folder);
  if (parent !== folder) makeFolder(parent);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another process may have come first.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !statSync(folder).isDirectory()) throw error;
  }
}

/** Takes the rights of others off a file or a folder, where there is one. */
export function tighten(place: string, mode: number, warn: (place: string) => void): void {
  if (!isOpenToOthers(place)) return;
  try {
    chmodSync(place, mode);
  } catch {
    warn(place);
  }
}

function holdsOursAlone(folder: string): boolean {
  try {
    return readdirSync(folder).every((name) => OURS.test(name));
  } catch {
    return false;
  }
}

function isOpenToOthers(place: string): boolean {
  // Windows has rights of another kind, which are the folder's.
  if (process.platform === 'win32') return false;
  try {
    return (statSync(place).mode & OTHERS) !== 0;
  } catch {
    // It is not there, or cannot be seen: whoever opens it tells.
    return false;
  }
}
