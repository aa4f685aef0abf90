import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

interface LockedPackage {
  readonly integrity?: string;
  readonly link?: boolean;
  readonly inBundle?: boolean;
  readonly optional?: boolean;
  readonly engines?: { readonly node?: string };
}

const lock = JSON.parse(readFileSync(join(import.meta.dirname, '../package-lock.json'), 'utf8')) as {
  readonly packages: Readonly<Record<string, LockedPackage>>;
};
const installed = Object.entries(lock.packages).filter(
  ([place, { link, inBundle }]) => place.includes('node_modules/') && link !== true && inBundle !== true,
);

describe('package-lock.json', () => {
  it('has the integrity of every package, those of other platforms too', () => {
    expect(installed.length).toBeGreaterThan(500);
    const without = installed.filter(([, { integrity }]) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? ''));
    expect(without.map(([place]) => place)).toEqual([]);
  });

  // docs/decisions/0003-better-sqlite3-rather-than-sqlite3.md says why: without this it is compiled where nothing uses
  // it.
  it('leaves the driver of SQLite for Node.js 20 out everywhere else', () => {
    const driver = lock.packages['node_modules/better-sqlite3'];
    expect(driver).toMatchObject({ optional: true, engines: { node: '20.x' } });
    const newer = lock.packages['node_modules/better-sqlite3-node-api'];
    expect(newer).toMatchObject({ optional: true, engines: { node: '>=22' } });
  });
});
