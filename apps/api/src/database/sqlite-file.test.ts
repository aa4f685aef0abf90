import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { closeDataFolder } from '../config/data-folder.js';
import { storageProblem } from '../config/storage-problem.js';
import { ConfigError } from '../config.js';
import { prepareSqliteFile } from './sqlite-file.js';

let folder: string;
let warned: string[];
const warn = (place: string) => void warned.push(place);
const modeOf = (place: string) => statSync(place).mode & 0o777;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'intrallm-file-'));
  warned = [];
});
afterEach(() => {
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true, force: true });
});

function refusalOf(work: () => void): ConfigError {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('the file of a database', () => {
  it('and the folders above it are made for this user alone, and nothing else is left there', () => {
    const file = path.join(folder, 'a/b/x.db');
    prepareSqliteFile(file, warn);
    expect([modeOf(file), modeOf(path.dirname(file)), modeOf(path.join(folder, 'a'))]).toEqual([0o600, 0o700, 0o700]);
    expect([readdirSync(path.dirname(file)), warned]).toEqual([['x.db'], []]);
  });

  it('that others could read is closed to them, with what SQLite keeps beside it', () => {
    const file = path.join(folder, 'x.db');
    const all = [file, `${file}-wal`, `${file}-shm`, `${file}-journal`];
    for (const one of all) writeFileSync(one, 'content', { mode: 0o644 });
    prepareSqliteFile(file, warn);
    expect(all.map(modeOf)).toEqual(all.map(() => 0o600));
  });

  it('below a file is refused, naming it', () => {
    const file = path.join(folder, 'file');
    writeFileSync(file, '');
    const { variable, message } = refusalOf(() => prepareSqliteFile(path.join(file, 'deep/x.db'), warn));
    expect(path.join(file, 'deep').startsWith(variable)).toBe(true);
    expect(message).toContain('a file stands where a folder has to be');
  });

  it('in a place that cannot be written is refused, naming the folder', () => {
    // To root every folder of a disk is open.
    const isRoot = process.getuid?.() === 0;
    const place = isRoot ? '/proc/intrallm' : folder;
    if (!isRoot) chmodSync(folder, 0o500);
    const { variable, message } = refusalOf(() => prepareSqliteFile(path.join(place, 'x.db'), warn));
    expect(variable).toBe(place);
    expect(message).toContain('INTRALLM_DATA (or DATABASE_URL)');
  });
});

describe('trouble with a place', () => {
  it.each([
    ['ENOSPC', 'disk is full'],
    ['EDQUOT', 'disk is full'],
    ['SQLITE_FULL', 'disk is full'],
    ['EROFS', 'read-only'],
    ['SQLITE_READONLY_DBMOVED', 'read-only'],
    ['EACCES', 'may not write there'],
    ['EPERM', 'may not write there'],
    ['ENOTDIR', 'a file stands'],
    ['EISDIR', 'a folder stands'],
    ['SQLITE_CANTOPEN', 'cannot be made or opened'],
    ['SQLITE_NOTADB', 'no SQLite database'],
    ['SQLITE_CORRUPT_VTAB', 'damaged'],
    ['SQLITE_IOERR_FSYNC', 'disk cannot be read or written'],
  ])('of the code %s names the place and says what to do', (code, words) => {
    for (const cause of [{ code }, { driverError: { code } }]) {
      const problem = storageProblem('/var/data', cause);
      expect(problem?.message).toMatch(/^\/var\/data: cannot be used, because .*\. [A-Z].*/);
      expect(problem?.message).toContain(words);
    }
  });

  it('is none where the cause is another one', () => {
    for (const cause of [new Error('x'), { code: 'ECONNREFUSED' }, null, undefined, { code: 7 }]) {
      expect(storageProblem('/var/data', cause)).toBeNull();
    }
  });
});

describe('the data folder', () => {
  it('that holds ours alone is closed to others, and the key in it', () => {
    const key = path.join(folder, 'master.key');
    writeFileSync(key, 'key', { mode: 0o644 });
    writeFileSync(path.join(folder, 'intrallm.db'), '');
    chmodSync(folder, 0o755);
    closeDataFolder(folder, warn);
    expect([modeOf(folder), modeOf(key), warned]).toEqual([0o700, 0o600, []]);
  });

  it('that holds more than ours stays as it is, and is told about', () => {
    mkdirSync(path.join(folder, 'somebody-else'));
    chmodSync(folder, 0o755);
    closeDataFolder(folder, warn);
    expect([modeOf(folder), warned]).toEqual([0o755, [folder]]);
  });

  it('that is not there yet is nobody’s trouble', () => {
    closeDataFolder(path.join(folder, 'none'), warn);
    expect(warned).toEqual([]);
  });
});
