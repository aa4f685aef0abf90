import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { Scenario } from './support/bench.js';
import { spread, type Row } from './support/measure.js';

const ADMIN = new URL('../../admin/dist/', import.meta.url);
const ASSETS = new URL('assets/', ADMIN);

/** How much script a browser fetches before the first page of the admin app shows. */
export const adminSize: Scenario = () => {
  const html = readFileSync(new URL('index.html', ADMIN), 'utf8');
  const named = /<(?:script|link)\b[^>]*?(?:src|href)="(?:\.?\/)?assets\/([^"]+\.js)"/g;
  const entry = withImports(Array.from(html.matchAll(named), ([, file]) => file ?? ''));
  if (entry.size === 0) throw new Error('index.html names no script');
  const page = readdirSync(ASSETS).find((file) => /^connections-[^.]+\.js$/.test(file));
  if (!page) throw new Error('the Connections page has no file of its own');
  return Promise.resolve([
    toRow('the sign-in page', entry, 185),
    toRow('the Connections page', new Set([...entry, ...withImports([page])]), 212),
  ]);
};

/** These files and all that they import before they run, which is not what they fetch when it is needed. */
function withImports(files: readonly string[]): Set<string> {
  const found = new Set<string>();
  const waiting = [...files];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    const code = readFileSync(new URL(file, ASSETS), 'utf8');
    for (const [, imported] of code.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) waiting.push(imported ?? '');
  }
  return found;
}

function toRow(page: string, files: ReadonlySet<string>, most: number): Row {
  const bytes = [...files].reduce((sum, file) => sum + gzipSync(readFileSync(new URL(file, ASSETS))).length, 0);
  const kilobytes = bytes / 1024;
  return {
    claim: `admin app, script before ${page} shows, gzip`,
    against: '–',
    unit: 'KB',
    ours: kilobytes,
    theirs: Number.NaN,
    compared: spread([kilobytes]),
    goal: { is: 'at most', value: most, as: 'value' },
    note: `${files.size} files`,
  };
}
