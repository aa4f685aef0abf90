import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { Scenario } from './support/bench.js';
import { spread } from './support/measure.js';

const ADMIN = new URL('../../admin/dist/', import.meta.url);

/** How much script a browser fetches before the first page of the admin app shows. */
export const adminSize: Scenario = () => {
  const html = readFileSync(new URL('index.html', ADMIN), 'utf8');
  const named = /<(?:script|link)\b[^>]*?(?:src|href)="\/?([^"]+\.js)"/g;
  const scripts = Array.from(html.matchAll(named), ([, file]) => file ?? '');
  if (scripts.length === 0) throw new Error('index.html names no script');
  const kilobytes = scripts.reduce((sum, file) => sum + gzipSync(readFileSync(new URL(file, ADMIN))).length / 1024, 0);
  return Promise.resolve([
    {
      claim: 'admin app, script of the first load, gzip',
      against: '–',
      unit: 'KB',
      ours: kilobytes,
      theirs: Number.NaN,
      compared: spread([kilobytes]),
      goal: { is: 'at most', value: 250, as: 'value' },
      note: `${scripts.length} file${scripts.length === 1 ? '' : 's'} named by index.html`,
    },
  ]);
};
