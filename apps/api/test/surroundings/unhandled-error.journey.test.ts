import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { endProducts, startLoudProduct } from '../support/product.js';

const EXIT_SOFTWARE = 70;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'intrallm-stray-'));
});
afterEach(async () => {
  await endProducts();
  rmSync(folder, { recursive: true, force: true });
});

describe('an error that nothing handled', () => {
  it.each([
    ['a rejected promise', 'unhandledRejection', "void Promise.reject(new Error('a stray one'))"],
    ['a thrown error', 'uncaughtException', "throw new Error('a stray one')"],
    ['a rejection with no error', 'unhandledRejection', "void Promise.reject('a stray one')"],
  ])(
    '(%s) ends the product with 70 and a line in the log, behind the lines of the requests before',
    async (_, origin, code) => {
      const stray = path.join(folder, 'stray.mjs');
      writeFileSync(stray, `process.on('SIGUSR2', () => { ${code}; });`);
      const product = await startLoudProduct({
        env: { INTRALLM_DATA: path.join(folder, 'data') },
        output: 'pipe',
        nodeArguments: ['--import', pathToFileURL(stray).href],
      });
      const log = text(product.output!);
      await (await fetch(`${product.url}/the-last-request`)).text();
      expect((await product.signal('SIGUSR2')).code).toBe(EXIT_SOFTWARE);
      const lines = (await log)
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(lines.at(-2)).toMatchObject({ path: '/the-last-request' });
      expect(lines.at(-1)).toMatchObject({ level: 'fatal', origin, err: { message: 'a stray one' } });
    },
  );
});
