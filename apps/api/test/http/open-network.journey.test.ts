import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, startTestApp, TestClient, type TestApp } from '../support/app.js';
import { startRawOllama, type RawEndpoint } from '../support/endpoints/raw-endpoint.js';
import { testDatabases } from '../support/postgres/postgres.js';

const ADD = 'mutation ($input: AddConnectionInput!) { addConnection(input: $input) { id } }';

let app: TestApp;
/** Where it listens: what browsers see may be another place. */
let url: string;
let admin: TestClient;
let ollama: RawEndpoint;

async function start(env: Record<string, string>): Promise<void> {
  app = await startTestApp({ kind: testDatabases[0]!, env });
  const { port } = app.app.http.app.server.address() as AddressInfo;
  url = `http://127.0.0.1:${String(port)}`;
  admin = await new TestClient(url).signIn();
  ollama = await startRawOllama('ollama', ['m']);
  await admin.data(ADD, { input: { kind: 'OLLAMA', url: ollama.url } });
  await eventually(
    () => Promise.resolve(app.app.services.routing.table.find('m')),
    (route) => route !== undefined,
  );
}

async function stop(): Promise<void> {
  await app.close();
  await ollama.close();
}

interface Asked {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** As a program asks: with these headers and no others. */
function ask({ path = '/api/tags', method = 'GET', headers = {}, body = '' }: Asked) {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const request = httpRequest(`${url}${path}`, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
    });
    request.once('error', reject);
    request.end(body);
  });
}

const chat = (headers: Record<string, string> = {}) =>
  ask({ path: '/api/chat', method: 'POST', headers, body: '{"model":"m"}' });

describe('with this machine as an open network', () => {
  beforeAll(() => start({ INTRALLM_OLLAMA_OPEN_NETWORKS: '127.0.0.0/8,::1' }), 60_000);
  afterAll(stop);

  it('its programs list models and chat without a token', async () => {
    expect((await ask({})).text).toContain('"name":"m"');
    expect([(await ask({ path: '/api/ps' })).status, (await ask({ path: '/api/version' })).status]).toEqual([200, 200]);
    expect(await chat()).toEqual({ status: 200, text: '{"name":"ollama"}' });
    const shown = await ask({ path: '/api/show', method: 'POST', body: '{"model":"m"}' });
    expect(shown.status).toBe(200);
    expect(app.log()).toContain('may use the Ollama API without a token');
  });

  it('nothing but the Ollama API is open to them, and nothing there that is refused to others', async () => {
    const refused = await Promise.all(
      [{ path: '/v1/models' }, { path: '/v1/chat/completions', method: 'POST', body: '{"model":"m"}' }].map(ask),
    );
    expect(refused.map(({ status }) => status)).toEqual([401, 401]);
    const query = JSON.stringify({ query: '{ servedModels(names: ["m"]) { name } }' });
    const graphql = { path: '/graphql', method: 'POST', headers: { 'content-type': 'application/json' }, body: query };
    expect((await ask(graphql)).text).toContain('UNAUTHENTICATED');
    expect((await ask({ path: '/api/pull', method: 'POST', body: '{"model":"m"}' })).status).toBe(403);
    const pinned = await chat({ 'x-intrallm-connection': 'nobody' });
    expect(pinned.status).toBe(200);
  });

  it('a credential that is not valid is refused all the same', async () => {
    const before = ollama.seen.length;
    for (const authorization of ['Bearer ilm_nobody', 'Basic eDp5', '']) {
      expect((await chat({ authorization })).status).toBe(401);
    }
    expect((await chat({ cookie: 'intrallm_session=nobody' })).status).toBe(403);
    expect((await chat({ cookie: 'theme=dark' })).status).toBe(401);
    expect(ollama.seen).toHaveLength(before);
  });

  it.each([
    ['a page of another address', { origin: 'https://elsewhere.example' }],
    ['a page without an address', { origin: 'null' }],
    ['a picture in a page of another address', { 'sec-fetch-site': 'cross-site' }],
    ['a page of another port here', { 'sec-fetch-site': 'same-site' }],
    ['a name that was pointed at us', { host: 'rebound.example:4000' }],
    ['a page under a name that was pointed at us', { host: 'rebound.example', origin: 'http://rebound.example' }],
  ])('%s is refused', async (_what, headers) => {
    const before = ollama.seen.length;
    const answers = [await chat(headers), await ask({ headers })];
    expect(answers.map(({ status, text }) => [status, Object.keys(JSON.parse(text) as object)])).toEqual([
      [403, ['error']],
      [403, ['error']],
    ]);
    expect(ollama.seen).toHaveLength(before);
  });

  it('what a proxy sends on that nobody said to be trusted is refused', async () => {
    expect((await chat({ 'x-forwarded-for': '127.0.0.1' })).status).toBe(401);
    expect((await chat({ forwarded: 'for=127.0.0.1' })).status).toBe(401);
  });

  it('usage tells of them by a name', async () => {
    await chat();
    const [from, to] = [-1, 1].map((days) => new Date(Date.now() + days * 86_400_000).toISOString());
    for (const groupBy of ['CALLER', 'TOKEN']) {
      const ask = `{ usage(from: "${from!}", to: "${to!}", bucket: DAY, groupBy: ${groupBy}) { key label } }`;
      const points = await eventually(
        async () => {
          await app.app.services.usageRecorder.flush();
          return (await admin.data<{ usage: { key: string; label: string }[] }>(ask)).usage;
        },
        (all) => all.length > 0,
      );
      expect(points).toContainEqual({ key: 'open-network', label: 'Open network' });
    }
  });

  it('at most 64 of its requests are under way at a time', async () => {
    const open: (() => void)[] = [];
    ollama.answer = (_request, response) => open.push(() => response.end('{}'));
    const held = Array.from({ length: 64 }, () => chat());
    await eventually(
      () => Promise.resolve(open.length),
      (count) => count === 64,
    );
    const more = await chat();
    expect([more.status, JSON.parse(more.text)]).toEqual([
      429,
      { error: 'All clients without a token together may make 64 requests at a time.' },
    ]);
    expect((await admin.fetch('/api/tags')).status).toBe(200);
    for (const end of open) end();
    expect((await Promise.all(held)).every(({ status }) => status === 200)).toBe(true);
    ollama.answer = (_request, response) => response.end('{}');
    expect((await chat()).status).toBe(200);
  });
});

describe('with another network, behind a trusted proxy on this machine', () => {
  beforeAll(
    () =>
      start({
        INTRALLM_OLLAMA_OPEN_NETWORKS: '10.1.0.0/16, 127.0.0.0/8',
        INTRALLM_TRUSTED_PROXIES: '127.0.0.1',
        INTRALLM_PUBLIC_URL: 'https://models.example',
      }),
    60_000,
  );
  afterAll(stop);

  it('those count whom the proxy names, under the name of the public address', async () => {
    const host = 'models.example';
    expect((await chat({ host, 'x-forwarded-for': '10.1.2.3' })).status).toBe(200);
    expect((await chat({ host, 'x-forwarded-for': '10.2.2.3' })).status).toBe(401);
    expect((await chat({ host, 'x-forwarded-for': '10.1.2.3, 10.2.2.3' })).status).toBe(401);
    expect((await chat({ host })).status).toBe(200);
    // Some proxies add the port, or hide the address: nobody is the proxy because of that.
    for (const address of ['10.2.2.3:4711', 'unknown', '', '10.1.2.3, [2001:db8::1]:80']) {
      expect((await chat({ host, 'x-forwarded-for': address })).status).toBe(401);
    }
    // It is on this machine, and who is behind it stands where nobody reads.
    expect((await chat({ host, forwarded: 'for=10.1.2.3' })).status).toBe(401);
    expect((await chat({ host: 'rebound.example', 'x-forwarded-for': '10.1.2.3' })).status).toBe(403);
  });
});

describe('without the setting', () => {
  beforeAll(() => start({}), 60_000);
  afterAll(stop);

  it('nobody is let in without a token', async () => {
    expect([(await chat()).status, (await ask({})).status]).toEqual([401, 401]);
  });
});
