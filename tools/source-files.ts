import { readdirSync } from 'node:fs';
import path from 'node:path';

export const root = path.join(import.meta.dirname, '..');

const PARTS = ['apps', 'packages', 'tools'];
/** What is built, installed or written by a run: nobody edits it. */
const NOT_OURS = new Set(['node_modules', 'dist', 'data', 'coverage', 'generated', '.turbo']);

/**
 * Files that people edit: code and style sheets of all packages, as paths below the repository with forward slashes.
 */
export function sourceFiles(): string[] {
  const found: string[] = [];
  const folders = [...PARTS];
  for (const folder of folders) {
    for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
      const file = `${folder}/${entry.name}`;
      if (entry.isDirectory() && !NOT_OURS.has(entry.name)) folders.push(file);
      if (entry.isFile() && /\.(tsx?|js|css)$/.test(entry.name)) found.push(file);
    }
  }
  return found;
}
