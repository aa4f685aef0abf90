import path from 'node:path';
import { expect, it } from '@jest/globals';
import { sourceFiles } from './source-files.js';

/** More than these and nobody finds a file by looking: divide the folder by what its files are about. */
const MOST_FILES = 15;

/** They are read by their time stamps, one by one, and none is ever moved. */
const ENDLESS = new Set(['apps/api/src/database/migrations']);

const isTest = (file: string): boolean => /\.test\.tsx?$/.test(file);

function crowded(files: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const file of files) {
    const folder = path.posix.dirname(file);
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return [...counts]
    .filter(([folder, count]) => count > MOST_FILES && !ENDLESS.has(folder))
    .map(([folder, count]) => `${folder} has ${String(count)} files, ${String(MOST_FILES)} are allowed`);
}

it('no folder has more files than one can overlook, tests counted by themselves', () => {
  const files = sourceFiles();
  expect(files.length).toBeGreaterThan(500);
  expect(crowded(files.filter((file) => !isTest(file)))).toEqual([]);
  expect(crowded(files.filter(isTest))).toEqual([]);
});

it('a folder that is crowded is named', () => {
  const files = Array.from({ length: MOST_FILES + 1 }, (_, index) => `apps/x/file-${String(index)}.ts`);
  expect(crowded(files)).toEqual(['apps/x has 16 files, 15 are allowed']);
  expect(crowded(files.slice(1))).toEqual([]);
});
