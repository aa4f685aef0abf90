import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSimulator, type Simulator } from '@intrallm/simulator';
import { startTestApp, TestClient, type TestApp } from '../support/app.js';
import { sqlite } from '../support/postgres/postgres.js';

const BASE = '/tools/llm';

describe('below the path of INTRALLM_PUBLIC_URL', () => {
  let app: TestApp;
  let simulator: Simulator;
  let folder: string;
  let listensOn: string;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'intrallm-admin-'));
    mkdirSync(path.join(folder, 'assets'));
    writeFileSync(
      path.join(folder, 'index.html'),
      '<meta name="intrallm-base" content="./" /><link href="./favicon.svg" /><script src="./assets/main.js"></script>',
    );
    writeFileSync(path.join(folder, 'assets/main.js'), 'import("./other.js");');
    simulator = await startSimulator({ profile: 'vllm', models: ['llama'] });
    app = await startTestApp({
      kind: sqlite,
      env: { INTRALLM_PUBLIC_URL: `https://example.test${BASE}/`, OPENAI_API_BASE_URLS: simulator.url },
      adminFiles: folder,
    });
    const { port } = app.app.http.app.server.address() as AddressInfo;
    listensOn = `http://127.0.0.1:${String(port)}`;
  });
  afterAll(async () => {
    await app.close();
    await simulator.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** As a proxy sends it on: with the path that the browser asked for, or without its beginning. */
  const proxies: [string, string][] = [
    ['that sends the path on', BASE],
    ['that takes it off', ''],
  ];

  it('is told as the address of the product', () => {
    expect(app.url).toBe(`https://example.test${BASE}`);
  });

  describe.each(proxies)('behind a proxy %s', (_kind, prefix) => {
    const client = (token?: string) => new TestClient(listensOn + prefix, token ?? null);

    it('the page names whole paths, at every path of the app', async () => {
      const page =
        `<meta name="intrallm-base" content="${BASE}/" /><link href="${BASE}/favicon.svg" />` +
        `<script src="${BASE}/assets/main.js"></script>`;
      for (const place of ['/', '/connections', '/account/deep', '?a=1', '']) {
        const answer = await fetch(`${listensOn}${prefix}${place}`, { headers: { accept: 'text/html' } });
        expect([place, answer.status, await answer.text()]).toEqual([place, 200, page]);
      }
      const script = await fetch(`${listensOn}${prefix}/assets/main.js`);
      expect([script.status, await script.text()]).toEqual([200, 'import("./other.js");']);
    });

    it('the cookie counts there alone, and is cleared there', async () => {
      const signIn = await fetch(`${listensOn}${prefix}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: 'https://example.test' },
        body: JSON.stringify({
          query: 'mutation { signIn(email: "admin@example.org", password: "correct horse battery") { id } }',
        }),
      });
      expect(signIn.headers.get('set-cookie')).toMatch(new RegExp(`; Path=${BASE}; .*Secure`));
      const over = await fetch(`${listensOn}${prefix}/metrics`, {
        headers: { cookie: 'intrallm_session=over', origin: 'https://example.test' },
      });
      expect([over.status, over.headers.get('set-cookie')]).toEqual([401, expect.stringContaining(`Path=${BASE};`)]);
    });

    it('GraphQL, its sockets, the gateway in both dialects and the probes answer', async () => {
      const admin = await client().signIn();
      const { createApiToken } = await admin.data<{ createApiToken: { token: string } }>(
        'mutation { createApiToken(input: { name: "t", scopes: [CHAT, MODELS_READ, STATUS_READ] }) { token } }',
      );
      const program = client(createApiToken.token);
      const body = JSON.stringify({ model: 'llama', messages: [{ role: 'user', content: 'Hi' }], stream: true });
      for (const route of ['/v1/chat/completions', '/api/chat', '/v1/chat/completions']) {
        const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
        const answer = await program.fetch(route, init);
        expect([route, answer.status, await answer.text()]).toEqual([route, 200, expect.stringContaining('content')]);
      }
      for (const route of ['/v1/models', '/api/tags', '/api/version', '/healthz', '/readyz', '/metrics?x=1']) {
        const answer = await program.fetch(route);
        await answer.text();
        expect([route, answer.status]).toEqual([route, 200]);
      }
      const socket = program.socket();
      const query = 'subscription { connectionStatus { __typename } }';
      for await (const event of socket.iterate({ query })) {
        expect(event.errors).toBeUndefined();
        break;
      }
      await socket.dispose();
    });
  });

  it('what only begins like it is another path', async () => {
    for (const place of [`${BASE}x/healthz`, '/llm/healthz', `/x${BASE}/healthz`, `${BASE}${BASE}/healthz`]) {
      const answer = await fetch(listensOn + place);
      await answer.text();
      expect([place, answer.status]).toEqual([place, 404]);
    }
  });
});
