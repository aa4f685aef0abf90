import { createRequire } from 'node:module';
import { expect, it } from '@jest/globals';
import { Sqlite } from './sqlite-driver.js';

const require = createRequire(import.meta.url);
const [major = 0] = process.versions.node.split('.').map(Number);

it('is the binding that the garbage collector of this Node.js cannot make abort the process', () => {
  const name = major >= 22 ? 'better-sqlite3-node-api' : 'better-sqlite3';
  expect(Sqlite).toBe(require(name));
  const database = new Sqlite(':memory:');
  expect(database.prepare('SELECT 40 + 2').pluck().get()).toBe(42);
  database.close();
});
