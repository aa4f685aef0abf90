import { copyFileSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { startApp, type App } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { createLogger } from '../../src/log/logger.js';
import { ADMIN, eventually, TestClient } from '../support/app.js';

let folder: string;
let app: App;
let lines: string[];
const file = () => path.join(folder, 'data', 'intrallm.db');

beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'intrallm-database-'));
  lines = [];
  const config = loadConfig({
    PORT: '0',
    INTRALLM_DATA: path.join(folder, 'data'),
    INTRALLM_ADMIN_EMAIL: ADMIN.email,
    INTRALLM_ADMIN_PASSWORD: ADMIN.password,
  });
  const listen = jest.spyOn(net.Server.prototype, 'listen').mockImplementation(function (this: net.Server, ...args) {
    lines.push('listening');
    listen.mockRestore();
    return this.listen(...(args as [number]));
  });
  const destination = { write: (line: string) => void lines.push(line) };
  app = await startApp(config, createLogger({ level: 'info', destination }), { adminFiles: null });
});
afterEach(async () => {
  await app.close();
  rmSync(folder, { recursive: true, force: true });
});

const readiness = async () => {
  const answer = await fetch(`${app.url}/readyz`);
  return { status: answer.status, text: await answer.text() };
};

it('the administrator of the settings exists before anybody can come', async () => {
  const made = lines.findIndex((line) => line.includes('The first administrator was created'));
  expect(made).toBeGreaterThanOrEqual(0);
  expect(lines.indexOf('listening')).toBeGreaterThan(made);
  expect((await readiness()).status).toBe(200);
  await new TestClient(app.url).signIn();
});

it('the folder and every file in it are this user’s alone', () => {
  const modes = ['', '/master.key', '/intrallm.db', '/intrallm.db-wal', '/intrallm.db-shm'].map((name) => [
    name,
    (statSync(path.join(folder, 'data') + name).mode & 0o777).toString(8),
  ]);
  expect(modes).toEqual(modes.map(([name]) => [name, name === '' ? '700' : '600']));
});

describe('a file of the database', () => {
  it.each<[string, () => void]>([
    ['is removed', () => rmSync(file())],
    [
      'is replaced',
      () => {
        copyFileSync(file(), `${file()}.backup`);
        renameSync(`${file()}.backup`, file());
      },
    ],
    ['is moved away', () => renameSync(file(), `${file()}.old`)],
    ['is removed with its whole folder', () => rmSync(path.dirname(file()), { recursive: true })],
    ['that holds the last writes is removed', () => rmSync(`${file()}-wal`)],
  ])(
    '%s while the server runs: the log tells within seconds, /readyz is 503 in words, and nothing is written',
    async (_, harm) => {
      const admin = await new TestClient(app.url).signIn();
      harm();
      await eventually(
        () => Promise.resolve(lines.some((line) => line.includes('removed or replaced'))),
        (isTold) => isTold,
        5_000,
      );
      expect(await readiness()).toEqual({ status: 503, text: expect.stringContaining('removed or replaced') });
      const { extensions } = await admin.error(
        'mutation { addConnection(input: { kind: OPENAI, url: "http://127.0.0.1:9/v1" }) { id } }',
      );
      expect(extensions.code).toBe('UNAVAILABLE');
      expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
      expect(lines.filter((line) => line.includes('nothing is written from now on'))).toHaveLength(1);
    },
  );
});
