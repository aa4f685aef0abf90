import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createDatabase } from '../support/postgres/postgres.js';
import { endProducts, runProductToEnd, startProduct } from '../support/product.js';

/** Exit code of a setting that cannot be used: EX_CONFIG of sysexits.h. */
const BAD_SETTING = 78;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'intrallm-start-'));
});
afterEach(async () => {
  await endProducts();
  rmSync(folder, { recursive: true, force: true });
});
const dataIn = (name: string) => ({ INTRALLM_DATA: path.join(folder, name) });

describe('the product', () => {
  it('says who is in the way when its port is taken, and ends with 1', async () => {
    const first = await startProduct(dataIn('first'));
    const { port } = new URL(first.url);
    for (const data of ['first', 'second']) {
      const second = await runProductToEnd({ ...dataIn(data), PORT: port });
      expect(second.code).toBe(1);
      expect(second.output).toContain(`something else listens on 127.0.0.1:${port} already. Set PORT to another one`);
    }
    expect((await fetch(`${first.url}/readyz`)).status).toBe(200);
    expect((await first.stop()).code).toBe(0);
  });

  it('starts again on its data and ends with 0 when it is told to stop', async () => {
    for (let times = 0; times < 2; times += 1) {
      const product = await startProduct(dataIn('same'));
      expect((await fetch(`${product.url}/healthz`)).status).toBe(200);
      const { code, output } = await product.stop();
      expect(code).toBe(0);
      expect(output).not.toContain('"level":"error"');
    }
  });

  // Found by the settings, by what is built of them, and by what is stored for them.
  it.each([
    ['PORT', { PORT: 'many' }],
    ['INTRALLM_MASTER_KEY', { INTRALLM_MASTER_KEY: 'too-short' }],
    ['OPENAI_API_BASE_URLS', { OPENAI_API_BASE_URLS: 'not a url' }],
    ['OPENAI_API_KEYS', { OPENAI_API_BASE_URLS: 'http://a/v1', OPENAI_API_KEYS: 'Bearer "sk-hidden' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgres://u:hidden%de1@127.0.0.1/db' }],
    ['DATABASE_URL', { DATABASE_URL: 'sqlite:file:x.db' }],
    // An address of the documentation range (RFC 5737) is nobody's, so not this machine's either.
    ['HOST', { HOST: '192.0.2.1' }],
  ])('names %s where it cannot be used, and ends with 78', async (variable, env) => {
    const { code, output } = await runProductToEnd({ ...dataIn('data'), ...env });
    expect(output).toMatch(new RegExp(`^${variable}: \\S`, 'm'));
    expect(output).not.toContain('    at ');
    expect(output).not.toContain('hidden');
    expect(code).toBe(BAD_SETTING);
  });

  it('names the place of its data where that cannot be used, says what to do, and ends with 78', async () => {
    const file = path.join(folder, 'file');
    writeFileSync(file, 'no database');
    for (const [env, place] of [
      [{ INTRALLM_DATA: file }, file],
      [{ ...dataIn('data'), DATABASE_URL: `sqlite:${file}/x.db` }, file],
      [{ ...dataIn('data'), DATABASE_URL: `sqlite:${file}` }, file],
    ] as const) {
      const { code, output } = await runProductToEnd(env);
      expect([code, output]).toEqual([BAD_SETTING, expect.stringContaining(place)]);
      expect(output).not.toContain('    at ');
    }
  });

  it('leaves a master key file that it cannot use as it is, and ends with 78', async () => {
    const product = await startProduct(dataIn('data'));
    await product.stop();
    const file = path.join(folder, 'data', 'master.key');
    writeFileSync(file, 'half a key');
    const { code, output } = await runProductToEnd(dataIn('data'));
    expect([code, output]).toEqual([BAD_SETTING, expect.stringContaining(file)]);
  });

  it('ends with 1 where the database does not let it in, and says so without the password', async () => {
    const refusing = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(refusing, 'listening');
    const { port } = refusing.address() as AddressInfo;
    const env = { DATABASE_URL: `postgres://ada:hidden-password@127.0.0.1:${String(port)}/intrallm` };
    const { code, output } = await runProductToEnd({ ...dataIn('data'), ...env });
    refusing.close();
    expect(code).toBe(1);
    expect(output).toContain('the server could not start');
    expect(output).not.toContain('hidden-password');
  });

  it('says which database refuses the connection, and ends with 1: it may be there in a moment', async () => {
    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    const env = { DATABASE_URL: `postgres://ada:hidden-password@127.0.0.1:${String(port)}/intrallm` };
    const { code, output } = await runProductToEnd({ ...dataIn('data'), ...env });
    expect(code).toBe(1);
    expect(output).toContain(
      `could not start: PostgreSQL at 127.0.0.1:${String(port)}, which DATABASE_URL names, refuses the connection`,
    );
    expect(output).not.toContain('hidden-password');
  });

  it('says which part of DATABASE_URL the database does not know, and ends with 78', async () => {
    const database = await createDatabase();
    try {
      const noDatabase = new URL(database.url);
      noDatabase.pathname = '/nowhere';
      const noUser = new URL(database.url);
      noUser.username = 'nobody-of-this-name';
      noUser.password = 'hidden-password';
      for (const [url, words] of [
        [noDatabase, 'has no database of this name'],
        [noUser, /does not (take this user with this password|let this user in)/],
      ] as const) {
        const { code, output } = await runProductToEnd({ ...dataIn('data'), DATABASE_URL: url.href });
        expect(output).toMatch(/^DATABASE_URL: PostgreSQL at /m);
        expect(output).toMatch(words);
        expect(output).not.toContain('    at ');
        expect(output).not.toContain('hidden-password');
        expect(code).toBe(BAD_SETTING);
      }
    } finally {
      await database.drop();
    }
  });
});
