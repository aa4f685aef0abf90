import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ADMIN, eventually, startTestApp, TestClient, type TestApp } from '../support/app.js';
import { startRawEndpoint, type RawEndpoint } from '../support/endpoints/raw-endpoint.js';
import { testDatabases } from '../support/postgres/postgres.js';

const FOLDER = mkdtempSync(path.join(os.tmpdir(), 'intrallm-admin-'));
writeFileSync(path.join(FOLDER, 'index.html'), '<!doctype html><title>the page</title>');
afterAll(() => rmSync(FOLDER, { recursive: true }));

let app: TestApp;
let port: number;
let admin: TestClient;
let endpoint: RawEndpoint;

async function start(env: Record<string, string>): Promise<void> {
  app = await startTestApp({ kind: testDatabases[0]!, env, adminFiles: FOLDER });
  ({ port } = app.app.http.app.server.address() as AddressInfo);
}

interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** With these headers and no others. */
function ask(target: string, { method = 'GET', headers = {}, body = '' }: Asked = {}) {
  return new Promise<{ status: number; headers: IncomingHttpHeaders; text: string }>((resolve, reject) => {
    const options = { port, host: '127.0.0.1', path: target, method, headers, agent: false };
    const request = httpRequest(options, (response) => {
      text(response).then((told) => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text: told });
      }, reject);
    });
    request.once('error', reject);
    request.end(body);
  });
}

const JSON_TYPE = { 'content-type': 'application/json' };
const graphql = (query: string, headers: Record<string, string> = {}) =>
  ask('/graphql', { method: 'POST', headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify({ query }) });
const INSTANCE = '{ instance { needsSetUp } }';
const SIGN_IN = `mutation { signIn(email: "${ADMIN.email}", password: "${ADMIN.password}") { id } }`;

async function opened(): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

async function spoken(...lines: string[]): Promise<string> {
  const socket = await opened();
  socket.end(`${lines.join('\r\n')}\r\n\r\n`);
  return text(socket);
}

describe('a server without a public URL', () => {
  beforeAll(async () => {
    await start({ INTRALLM_TRUSTED_PROXIES: '127.0.0.2' });
    admin = await app.admin();
    endpoint = await startRawEndpoint('one', ['m']);
    await admin.data('mutation ($url: String!) { addConnection(input: { kind: OPENAI, url: $url }) { id } }', {
      url: endpoint.url,
    });
    await eventually(
      () => Promise.resolve(app.app.services.routing.table.find('m')),
      (route) => route !== undefined,
    );
  }, 120_000);
  afterAll(async () => {
    await app.close();
    await endpoint.close();
  });

  it.each(['rebound.example', 'rebound.example:4000', '127.0.0.1.rebound.example', 'localhost.rebound.example'])(
    'gives a page under the foreign name "%s" nothing but the sign-in page',
    async (host) => {
      const headers = { host };
      expect((await ask('/', { headers: { ...headers, accept: 'text/html' } })).text).toContain('the page');
      expect((await ask('/healthz', { headers })).status).toBe(200);
      for (const path of ['/metrics', '/v1/models', '/api/version', '/v1/unknown']) {
        expect([path, (await ask(path, { headers })).status]).toEqual([path, 403]);
      }
      const told = await graphql(INSTANCE, headers);
      expect([told.status, told.text]).toEqual([403, expect.stringContaining('INTRALLM_PUBLIC_URL')]);
      expect(told.text).not.toContain('needsSetUp');
      expect(
        (await graphql(INSTANCE, { ...headers, cookie: admin.cookie ?? '', origin: `http://${host}` })).status,
      ).toBe(403);
    },
  );

  it.each([
    '127.0.0.1',
    'LOCALHOST',
    'localhost.',
    'LocalHost:4000',
    '[::1]:4000',
    '10.1.2.3:1',
    'ollama',
    'app.localhost',
  ])('is known as "%s", which nobody else can have', async (host) => {
    expect((await graphql(INSTANCE, { host })).status).toBe(200);
    expect((await ask('/metrics', { headers: { host } })).status).toBe(200);
  });

  it('answers whoever shows a token, whatever name it uses', async () => {
    const { createApiToken } = await admin.data<{ createApiToken: { token: string } }>(
      'mutation { createApiToken(input: { name: "named", scopes: [MODELS_READ] }) { token } }',
    );
    const headers = { host: 'models.example', authorization: `Bearer ${createApiToken.token}` };
    expect((await ask('/v1/models', { headers })).status).toBe(200);
  });

  it.each(['xn--', 'xn--lclhost-4ta', '[fe80::1%25eth0]'])('says so where "%s" is no name of a host', async (host) => {
    const answer = await graphql(INSTANCE, { host });
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('The Host header of this request')]);
  });

  it('refuses two Host headers, and none', async () => {
    const first = 'GET /healthz HTTP/1.1';
    expect(await spoken(first, 'Host: a', 'Host: b')).toMatch(/^HTTP\/1\.1 400 /);
    expect(await spoken(first, 'Host: a', 'hOST: a')).toMatch(/^HTTP\/1\.1 400 /);
    expect(await spoken(first, 'Accept: */*')).toMatch(/^HTTP\/1\.1 400 /);
    const socket = [
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Protocol: graphql-transport-ws',
    ];
    expect(
      await spoken(
        'GET /graphql HTTP/1.1',
        'Host: a',
        'Host: b',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
        ...socket,
      ),
    ).toMatch(/^HTTP\/1\.1 400 /);
    const chat = ['Host: a', 'Host: b', `Authorization: Bearer nobody`, 'Content-Length: 0'];
    expect(await spoken('POST /v1/chat/completions HTTP/1.1', ...chat)).toMatch(/^HTTP\/1\.1 400 /);
  });

  it.each([
    ['GET', '/v1/models/'],
    ['GET', '//v1/models'],
    ['GET', '/v1//models//'],
    ['GET', '/v1/models//m/'],
    ['GET', '/api/tags/'],
    ['GET', '//api//tags/?x=//'],
    ['POST', '/v1/chat/completions/'],
    ['POST', '//v1//chat/completions'],
    ['POST', '/v1/chat/completions/?api-version=1//2/'],
  ])('takes %s %s as if its slashes stood there once', async (method, target) => {
    const body = method === 'POST' ? '{"model":"m"}' : '';
    const { cookie } = admin;
    const headers = { cookie: cookie ?? '', origin: `http://127.0.0.1:${String(port)}`, ...JSON_TYPE };
    const answer = await ask(target, { method, headers, body });
    expect([answer.status, answer.text.includes('m')]).toEqual([200, true]);
  });

  it('sets a Secure cookie where a trusted proxy says that the browser came by https, and else not', async () => {
    const { proxies } = app.app.http;
    expect(proxies.trusts('127.0.0.2')).toBe(true);
    const through = async (localAddress: string, proto: string) => {
      const options = { port, host: '127.0.0.1', localAddress, path: '/graphql', method: 'POST', agent: false };
      const headers = {
        ...JSON_TYPE,
        host: 'models.example',
        'x-forwarded-host': 'models.example',
        'x-forwarded-proto': proto,
      };
      const request = httpRequest({ ...options, headers }).end(JSON.stringify({ query: SIGN_IN }));
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      response.resume();
      return { status: response.statusCode, cookie: String(response.headers['set-cookie']) };
    };
    expect(await through('127.0.0.2', 'https')).toEqual({ status: 200, cookie: expect.stringMatching(/; Secure$/) });
    const plain = await through('127.0.0.2', 'http');
    expect([plain.status, plain.cookie.includes('Secure')]).toEqual([200, false]);
    // Nobody else is believed: neither how the browser came, nor under which name.
    expect((await through('127.0.0.1', 'https')).status).toBe(403);
  });

  it('answers everything that came before a handshake or CONNECT on the same connection, and in that order', async () => {
    let release: (() => void) | null = null;
    endpoint.answer = (_request, response) => {
      response.write('{"a":"');
      release = () => response.end(`${'x'.repeat(3_000_000)}"}`);
    };
    const chat = [
      'POST /v1/chat/completions HTTP/1.1',
      `Host: 127.0.0.1:${String(port)}`,
      `Origin: http://127.0.0.1:${String(port)}`,
      `Cookie: ${admin.cookie ?? ''}`,
      'Content-Length: 13',
    ];
    const handshake = [
      'GET /graphql HTTP/1.1',
      'Host: here',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Protocol: graphql-transport-ws',
    ];
    const cases: [string[], RegExp][] = [
      [handshake, /^HTTP\/1\.1 101 /],
      [['GET /elsewhere HTTP/1.1', 'Host: here', 'Connection: Upgrade', 'Upgrade: websocket'], /^HTTP\/1\.1 404 /],
      [['GET /healthz HTTP/1.1', 'Host: here', 'Connection: Upgrade', 'Upgrade: h2c'], /^HTTP\/1\.1 200 [^]*alive/],
      [['CONNECT other.example:443 HTTP/1.1', 'Host: other.example:443'], /^HTTP\/1\.1 405 /],
    ];
    for (const [taking, expected] of cases) {
      release = null;
      const socket = await opened();
      let told = '';
      socket.setEncoding('latin1').on('data', (chunk: string) => (told += chunk));
      socket.write(
        `${chat.join('\r\n')}\r\n\r\n{"model":"m"}GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n${taking.join('\r\n')}\r\n\r\n`,
      );
      await eventually(
        () => Promise.resolve(release),
        (known) => known !== null,
      );
      (release as unknown as () => void)();
      await eventually(
        () => Promise.resolve(told.slice(3_000_000)),
        (rest) => expected.test(rest.slice(rest.indexOf('alive') + 5).replace(/^[^H]*/, '')),
      );
      expect(told).toMatch(/^HTTP\/1\.1 200 /);
      socket.destroy();
    }
  });
});

describe('a server with a public URL', () => {
  beforeAll(
    () => start({ INTRALLM_PUBLIC_URL: 'https://Models.example', INTRALLM_TRUSTED_PROXIES: '127.0.0.1' }),
    120_000,
  );
  afterAll(() => app.close());

  it('is known by its name alone, also through a proxy', async () => {
    for (const host of ['models.example', 'MODELS.example:443', 'models.example.']) {
      expect((await graphql(INSTANCE, { host })).status).toBe(200);
      expect((await graphql(INSTANCE, { host: 'inner.example', 'x-forwarded-host': host })).status).toBe(200);
    }
    expect((await graphql(INSTANCE, { host: 'other.example' })).status).toBe(403);
    expect((await graphql(INSTANCE, { host: 'models.example', 'x-forwarded-host': 'other.example' })).status).toBe(403);
  });

  it('takes no page of its name for its own that came without TLS', async () => {
    const client = await new TestClient(`http://127.0.0.1:${String(port)}`).signIn();
    const asks = async (origin: string, host: string) =>
      (await graphql('{ me { email } }', { cookie: client.cookie ?? '', origin, host })).status;
    expect(await asks('https://models.example', 'models.example')).toBe(200);
    expect(await asks('http://models.example', 'models.example')).toBe(403);
    expect(await asks('http://models.example:8080', 'models.example:8080')).toBe(403);
  });
});
