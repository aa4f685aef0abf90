import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually, startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { testDatabases } from '../support/postgres/postgres.js';

const MODELS = ['allowed', 'forbidden'];

let app: TestApp;
let admin: TestClient;
let limited: TestClient;
let endpoint: Server;
let seen: { headers: IncomingHttpHeaders; body: string }[] = [];
let answer: RequestListener;

const CREATE_TOKEN = 'mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) { token } }';

beforeAll(async () => {
  endpoint = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.setHeader('content-type', 'application/json');
      if (request.method === 'GET') {
        response.end(JSON.stringify({ object: 'list', data: MODELS.map((id) => ({ id, object: 'model' })) }));
        return;
      }
      seen.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve));
  app = await startTestApp({ kind: testDatabases[0]! });
  admin = await app.admin();
  const url = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/v1`;
  await admin.data(
    'mutation ($url: String!) { addConnection(input: { kind: OPENAI, url: $url, apiKey: "sk-0" }) { id } }',
    {
      url,
    },
  );
  const { createApiToken } = await admin.data<{ createApiToken: { token: string } }>(CREATE_TOKEN, {
    input: { name: 'limited', scopes: ['CHAT', 'MODELS_READ'], modelAllowlist: ['allowed'] },
  });
  limited = app.client(createApiToken.token);
  const list = async () => (await (await limited.fetch('/v1/models')).json()) as { data: { id: string }[] };
  await eventually(list, ({ data }) => data.map(({ id }) => id).join() === 'allowed');
}, 120_000);

afterAll(async () => {
  await app.close();
  endpoint.closeAllConnections();
  await new Promise((resolve) => endpoint.close(resolve));
});

beforeEach(() => {
  seen = [];
  answer = (_request, response) => response.end('{}');
});

const chat = (client: TestClient, body: string, headers: Record<string, string> = {}) =>
  client.fetch('/v1/chat/completions', { method: 'POST', body, headers });

describe('a token bound to some models', () => {
  it.each([
    ['the name of another', '{"model":"forbidden"}', 404],
    ['two names, the second allowed', '{"model":"forbidden","model":"allowed"}', 400],
    ['two names, the first allowed', '{"model":"allowed","model":"forbidden"}', 400],
    ['a second name in another case, as servers written in Go read it', '{"model":"allowed","MODEL":"forbidden"}', 400],
    ['a second name with its key escaped', '{"model":"allowed","\\u006dodel":"forbidden"}', 400],
    ['a name that only begins as an allowed one', '{"model":"allowed-not"}', 404],
  ])('reaches no other with %s', async (_what, body, status) => {
    expect((await chat(limited, body)).status).toBe(status);
    expect(seen).toEqual([]);
  });

  it('has its body read as the JSON that it was judged as', async () => {
    expect(
      (await chat(limited, '{"model":"allowed"}', { 'content-type': 'application/json; charset=utf-7' })).status,
    ).toBe(200);
    expect(seen).toMatchObject([{ headers: { 'content-type': 'application/json' }, body: '{"model":"allowed"}' }]);
  });
});

describe('fields that choose other models at some endpoints', () => {
  const body = '{"models":["forbidden"],"model":"allowed","fallbacks":[{"allowed":["forbidden"]}],"n":1}';

  it('are taken out for a token that is bound to some, which is told so', async () => {
    const response = await chat(limited, body);
    expect([response.status, response.headers.get('x-intrallm-dropped')]).toEqual([200, 'models, fallbacks']);
    expect(seen).toMatchObject([{ headers: { 'content-length': '25' }, body: '{"model":"allowed","n":1}' }]);
  });

  it('are sent on for everybody else', async () => {
    const response = await chat(admin, body);
    expect([response.status, response.headers.get('x-intrallm-dropped')]).toEqual([200, null]);
    expect(seen).toMatchObject([{ body }]);
  });

  it('are refused in a form', async () => {
    const form = new FormData();
    for (const [name, value] of [
      ['model', 'allowed'],
      ['models[]', 'forbidden'],
    ] as const)
      form.append(name, value);
    const response = await limited.fetch('/v1/audio/transcriptions', { method: 'POST', body: form });
    expect([response.status, await response.json()]).toMatchObject([400, { error: { param: 'models[]' } }]);
    expect(seen).toEqual([]);
  });
});

describe('a compressed body', () => {
  const plain = JSON.stringify({ model: 'allowed', text: 'x'.repeat(10_000) });

  it.each([
    ['gzip', gzipSync(plain)],
    ['x-gzip', gzipSync(plain)],
    ['deflate', deflateSync(plain)],
    ['deflate', deflateRawSync(plain)],
    ['br', brotliCompressSync(plain)],
    ['gzip, br', brotliCompressSync(gzipSync(plain))],
    ['identity', Buffer.from(plain)],
  ])('in %s is sent on as it is without', async (coding, packed) => {
    const response = await chat(limited, packed as unknown as string, { 'content-encoding': coding });
    expect(response.status).toBe(200);
    expect(seen.map(({ headers, body }) => [headers['content-encoding'], body])).toEqual([[undefined, plain]]);
  });

  it.each([
    ['compress', Buffer.from(plain), 415, 'compress'],
    ['gzip, gzip, gzip, gzip', gzipSync(plain), 415, 'gzip, gzip'],
    ['constructor', Buffer.from(plain), 415, 'constructor'],
    ['gzip', Buffer.from(plain), 400, 'Content-Encoding'],
    ['br', gzipSync(plain), 400, 'Content-Encoding'],
    ['deflate', gzipSync(plain), 400, 'Content-Encoding'],
    ['gzip', gzipSync(plain).subarray(0, 40), 400, 'Content-Encoding'],
    ['gzip', gzipSync(Buffer.alloc(64 * 1024 * 1024, ' ')), 413, 'larger'],
    ['br, gzip', gzipSync(brotliCompressSync(Buffer.alloc(64 * 1024 * 1024, ' '))), 413, 'larger'],
  ])('in %s that cannot be taken is refused by its name, or its size', async (coding, packed, status, told) => {
    const response = await chat(limited, packed as unknown as string, { 'content-encoding': coding });
    expect([response.status, await response.text()]).toEqual([status, expect.stringContaining(told)]);
    expect(seen).toEqual([]);
    await eventually(
      () => Promise.resolve(app.app.services.bodyBudget.usedBytes),
      (used) => used === 0,
    );
  });

  it('is taken at the Ollama API as well, where a byte order mark may stand before it', async () => {
    const packed = gzipSync(`\ufeff{"model":"allowed","stream":false,"messages":[{"role":"user","content":"x"}]}`);
    answer = (_request, response) =>
      response.end('{"choices":[{"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}]}');
    const headers = { 'content-encoding': 'gzip' };
    const response = await limited.fetch('/api/chat', { method: 'POST', body: packed as unknown as string, headers });
    expect(await response.json()).toMatchObject({ message: { content: 'hi' } });
    const shown = await limited.fetch('/api/show', { method: 'POST', body: '\ufeff{"model":"allowed"}' });
    expect(shown.status).toBe(200);
  });
});

describe('an answer of an endpoint', () => {
  it('tells browsers nothing about our pages', async () => {
    const foreign = {
      'cache-control': 'public, max-age=9999',
      'content-security-policy': 'default-src *',
      'cross-origin-opener-policy': 'unsafe-none',
      link: '</x>; rel=preload',
      location: 'http://elsewhere.example',
      'referrer-policy': 'unsafe-url',
      refresh: '0;url=http://elsewhere.example',
      'service-worker-allowed': '/',
      'set-cookie': 'intrallm_session=x',
      'x-content-type-options': 'none',
      'x-frame-options': 'ALLOWALL',
    };
    answer = (_request, response) => response.writeHead(200, { ...foreign, 'x-own': 'comes through' }).end('{}');
    const { headers } = await chat(admin, '{"model":"allowed"}');
    const dropped = ['link', 'location', 'refresh', 'service-worker-allowed', 'set-cookie', 'x-frame-options'];
    for (const name of [...dropped, 'referrer-policy', 'cross-origin-opener-policy']) {
      expect(headers.get(name)).toBeNull();
    }
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      'x-own': 'comes through',
    });
  });

  it('of 401 that never ends keeps nobody waiting', async () => {
    answer = (_request, response) => response.writeHead(401).write('{"error":');
    expect((await chat(admin, '{"model":"allowed"}')).status).toBe(503);
  });
});

describe('the body of a request', () => {
  const budget = () => app.app.services.bodyBudget;

  it('counts from its first bytes on, and no more once its caller is gone', async () => {
    const token = limited.token ?? '';
    const uploads: Socket[] = [];
    for (let index = 0; index < 3; index += 1) {
      const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
      await once(socket, 'connect');
      const lines = ['Host: here', `Authorization: Bearer ${token}`, 'Content-Length: 20000000'];
      socket.write(`POST /v1/chat/completions HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${' '.repeat(1_000_000)}`);
      uploads.push(socket);
    }
    const used = () => Promise.resolve(budget().usedBytes);
    await eventually(used, (bytes) => bytes === 3_000_000);
    for (const socket of uploads) socket.destroy();
    await eventually(used, (bytes) => bytes === 0);
  });

  it.each(['/v1/chat/completions', '/graphql'])(
    'to %s that breaks off is no trouble of the database',
    async (route) => {
      const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
      await once(socket, 'connect');
      const lines = ['Host: here', `Authorization: Bearer ${limited.token ?? ''}`, 'Content-Type: application/json'];
      const before = app.log().length;
      socket.write(`POST ${route} HTTP/1.1\r\n${lines.join('\r\n')}\r\nContent-Length: 1000\r\n\r\n{"half":`);
      setTimeout(() => socket.resetAndDestroy(), 50);
      const logged = () => Promise.resolve(app.log().slice(before));
      expect(await eventually(logged, (log) => log.includes('"aborted":true'))).not.toMatch(/database|"level":"error"/);
    },
  );

  it('is refused in OpenAI’s shape where it is too large, and costs nothing afterwards', async () => {
    const refused = await chat(limited, `{"model":"allowed","x":"${' '.repeat(33 * 1024 * 1024)}"}`);
    expect(refused.status).toBe(413);
    expect(await refused.json()).toMatchObject({ error: { code: 'body_too_large' } });
    await limited.fetch('/v1/elsewhere', { method: 'POST', body: 'x' });
    await chat(limited, '{"model":"allowed"}');
    await eventually(
      () => Promise.resolve(budget().usedBytes),
      (bytes) => bytes === 0,
    );
  });
});

describe('requests on one connection that do not wait for each other', () => {
  it('are all over when it is: none goes on for nobody, and each is in the log', async () => {
    const hanging: ServerResponse[] = [];
    answer = (_request, response) => {
      hanging.push(response);
      if (seen.at(-1)?.body.includes('"stream":true') !== true) return;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const ticking = setInterval(() => response.write('data: {"choices":[]}\n\n'), 5);
      response.once('close', () => {
        clearInterval(ticking);
      });
    };
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    await once(socket, 'connect');
    const before = app.log().length;
    for (const body of ['{"model":"allowed"}', '{"model":"allowed","stream":true}', '{"model":"allowed","n":3}']) {
      const lines = ['Host: here', `Authorization: Bearer ${limited.token ?? ''}`, `Content-Length: ${body.length}`];
      socket.write(`POST /v1/chat/completions HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
    }
    await eventually(
      () => Promise.resolve(hanging.length),
      (count) => count === 3,
    );
    socket.destroy();
    for (const response of hanging) if (!response.destroyed) await once(response, 'close');
    const aborted = () => Promise.resolve(app.log().slice(before).split('"aborted":true').length - 1);
    await eventually(aborted, (count) => count === 3);
    const { load } = app.app.services;
    await eventually(
      () => Promise.resolve(load.size),
      (size) => size === 0,
    );
  });
});

describe('an endpoint that repeats its headers', () => {
  it('is read by the first of them', async () => {
    answer = (_request, response) => {
      response.writeHead(200, [
        'Content-Type',
        'application/json',
        'Content-Type',
        'text/plain',
        'Content-Length',
        '2',
      ]);
      response.end('{}');
    };
    const whole = await chat(limited, '{"model":"allowed"}');
    expect([whole.status, await whole.text()]).toEqual([200, '{}']);
    answer = (_request, response) => {
      response.writeHead(503, ['Content-Type', 'application/json', 'Retry-After', '1', 'Retry-After', '9']);
      response.end('{"error":{"message":"busy"}}');
    };
    const busy = await chat(limited, '{"model":"allowed"}');
    expect([busy.status, await busy.json()]).toEqual([503, { error: { message: 'busy' } }]);
  });
});

it('answers every unknown route under /v1 in OpenAI’s shape', async () => {
  for (const [method, route] of [
    ['GET', '/v1/elsewhere'],
    ['POST', '/v1/elsewhere'],
    ['DELETE', '/v1/models'],
  ] as const) {
    const response = await limited.fetch(route, { method });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: 'unknown_url', type: 'invalid_request_error' } });
  }
});
