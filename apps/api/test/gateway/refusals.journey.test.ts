import type { IncomingMessage, RequestListener } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DEFAULT_CADENCE } from '../../src/monitor/checks/cadence.js';
import { eventually, startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { startRawEndpoint, startRawOllama, type RawEndpoint } from '../support/endpoints/raw-endpoint.js';
import { testDatabases } from '../support/postgres/postgres.js';

const ADD = 'mutation ($input: AddConnectionInput!) { addConnection(input: $input) { id } }';
const KEY = 'sk-a-key-that-nobody-may-read';

let app: TestApp;
let admin: TestClient;
const endpoints: RawEndpoint[] = [];

beforeEach(async () => {
  app = await startTestApp({ kind: testDatabases[0]!, cadence: { ...DEFAULT_CADENCE, recheckMs: [600_000] } });
  admin = await app.admin();
});
afterEach(async () => {
  await app.close();
  for (const endpoint of endpoints.splice(0)) await endpoint.close();
});

async function link(kind: 'OPENAI' | 'OLLAMA', models: readonly string[], more: object = {}) {
  const start = kind === 'OPENAI' ? startRawEndpoint : startRawOllama;
  const endpoint = await start(kind, models);
  endpoints.push(endpoint);
  const input = { kind, url: endpoint.url, name: kind, ...more };
  const { id } = (await admin.data<{ addConnection: { id: string } }>(ADD, { input })).addConnection;
  await eventually(
    () => Promise.resolve(app.app.services.routing.table.server(id)?.status),
    (status) => status === 'ONLINE',
  );
  await eventually(
    () => Promise.resolve(models.every((model) => app.app.services.routing.table.find(model) !== undefined)),
    Boolean,
  );
  return { endpoint, id };
}

async function post(path: string, body: object | FormData, client = admin) {
  const init = body instanceof FormData ? { body } : { body: JSON.stringify(body) };
  const response = await client.fetch(path, { method: 'POST', ...init });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

interface Health {
  readonly status: string;
  readonly history: { readonly status: string }[];
}
const HEALTH = 'query ($id: ID!) { connection(id: $id) { status health { history(limit: 1) { status } } } }';
async function health(id: string): Promise<Health> {
  const { connection } = await admin.data<{ connection: { status: string; health: Pick<Health, 'history'> } }>(HEALTH, {
    id,
  });
  return { status: connection.status, history: connection.health.history };
}

/** Waits for every check that requests brought forward. */
const checked = (): Promise<unknown> =>
  eventually(
    () => Promise.resolve([...app.app.services.routing.table.servers].map(({ connection }) => connection.id)),
    (ids) => ids.every((id) => !app.app.services.monitor.isChecking(id)),
  );

const refuse =
  (code: number, words: string): RequestListener =>
  (_request, response) =>
    response.writeHead(code, { 'content-type': 'application/json' }).end(words);

describe('a request that its endpoint refuses', () => {
  it('with 403 for one model of an Ollama account tells its caller why, and harms nobody else', async () => {
    const { endpoint, id } = await link('OLLAMA', ['paid:latest', 'free:latest']);
    endpoint.answer = (_request, response) => {
      const isPaid = endpoint.seen.at(-1)?.body.includes('paid') === true;
      response.writeHead(isPaid ? 403 : 200, { 'content-type': 'application/json' });
      response.end(isPaid ? '{"error":"this model requires a subscription"}' : '{"done":true}');
    };
    const asked: [string, object][] = [
      ['/api/chat', { model: 'paid', messages: [], stream: false }],
      ['/api/embed', { model: 'paid', input: 'a' }],
      ['/v1/chat/completions', { model: 'paid:latest', messages: [] }],
      ['/v1/embeddings', { model: 'paid:latest', input: 'a' }],
    ];
    for (const [path, body] of asked) {
      const { status, text } = await post(path, body);
      expect([path, status, text]).toEqual([path, 403, '{"error":"this model requires a subscription"}']);
    }
    await checked();
    expect(await health(id)).toEqual({ status: 'ONLINE', history: [{ status: 'ONLINE' }] });
    expect((await post('/api/chat', { model: 'free', stream: false })).status).toBe(200);
  });

  it('for its prompt, in a form, or translated, reads its words', async () => {
    const { endpoint, id } = await link('OPENAI', ['m']);
    const words = '{"error":{"message":"Your input was flagged","code":403}}';
    endpoint.answer = refuse(403, words);
    const form = new FormData();
    form.set('model', 'm');
    form.set('file', new Blob(['sound']), 'a.mp3');
    for (const answer of [
      await post('/v1/chat/completions', { model: 'm', messages: [] }),
      await post('/v1/chat/completions', { model: 'm', messages: [], stream: true }),
      await post('/v1/audio/transcriptions', form),
    ]) {
      expect([answer.status, answer.text, answer.headers.get('x-intrallm-connection')]).toEqual([403, words, id]);
    }
    const translated = await post('/api/chat', { model: 'm', messages: [{ role: 'user', content: 'a' }] });
    expect([translated.status, translated.text]).toEqual([403, '{"error":"Your input was flagged"}']);
    await checked();
    expect((await health(id)).status).toBe('ONLINE');
  });

  it('without a word is told so by us, lest its caller takes it for their own token', async () => {
    const { endpoint } = await link('OPENAI', ['m']);
    endpoint.answer = (_request, response) => response.writeHead(401).end();
    const openai = await post('/v1/chat/completions', { model: 'm', messages: [] });
    expect([openai.status, JSON.parse(openai.text)]).toMatchObject([401, { error: { code: 'endpoint_refused' } }]);
    const ollama = await post('/api/chat', { model: 'm', messages: [{ role: 'user', content: 'a' }] });
    expect([ollama.status, ollama.text]).toEqual([401, expect.stringContaining('401')]);
  });

  it('goes to another endpoint first, and never has our key in what its caller reads', async () => {
    const one = await link('OPENAI', ['m'], { name: 'One', priority: 0, apiKey: KEY, auth: 'BEARER' });
    const two = await link('OPENAI', ['m'], { name: 'Two', priority: 1 });
    one.endpoint.answer = refuse(401, `{"error":{"message":"Incorrect API key provided: ${KEY}."}}`);
    expect((await post('/v1/chat/completions', { model: 'm' })).headers.get('x-intrallm-connection')).toBe(two.id);
    // The page of a proxy says less than words about the key, and those say less than words about the request.
    two.endpoint.answer = refuse(502, '<html>');
    const about = await post('/v1/chat/completions', { model: 'm' });
    expect([about.status, about.headers.get('x-should-retry')]).toEqual([401, 'false']);
    expect(about.text).not.toContain(KEY);
    two.endpoint.answer = refuse(403, '{"error":"flagged"}');
    expect((await post('/v1/chat/completions', { model: 'm' })).text).toBe('{"error":"flagged"}');
  });
});

it('an endpoint whose key went bad is UNAUTHORIZED when its check says so, in status and history alike', async () => {
  const { endpoint, id } = await link('OPENAI', ['m']);
  endpoint.answer = refuse(401, '{"error":"no such key"}');
  endpoint.catalogueAnswer = refuse(401, '{"error":"no such key"}');
  await post('/v1/chat/completions', { model: 'm' });
  const seen = await eventually(
    () => health(id),
    ({ status }) => status === 'UNAUTHORIZED',
  );
  expect(seen.history).toEqual([{ status: 'UNAUTHORIZED' }]);
});

it('500s for one caller’s requests take nothing down, and other models are served all the while', async () => {
  const { endpoint, id } = await link('OPENAI', ['m', 'other']);
  endpoint.answer = (_request, response) => {
    const isBroken = endpoint.seen.at(-1)?.body.includes('broken') === true;
    response.writeHead(isBroken ? 500 : 200).end(isBroken ? '{"error":"parse error"}' : '{}');
  };
  for (let count = 0; count < 10; count += 1) {
    const { status, text } = await post('/v1/chat/completions', { model: 'm', broken: true });
    expect([status, text]).toEqual([500, '{"error":"parse error"}']);
    expect((await post('/v1/chat/completions', { model: 'other' })).status).toBe(200);
  }
  await checked();
  expect(await health(id)).toEqual({ status: 'ONLINE', history: [{ status: 'ONLINE' }] });
});

it.each([429, 503, 502])('%d for one model sends nobody with another model elsewhere', async (code) => {
  const one = await link('OPENAI', ['m', 'other'], { name: 'One', priority: 0 });
  await link('OPENAI', ['m', 'other'], { name: 'Two', priority: 1 });
  one.endpoint.answer = (_request, response) =>
    response
      .writeHead(one.endpoint.seen.at(-1)?.body.includes('"m"') === true ? code : 200, { 'retry-after': '60' })
      .end('{}');
  const by = async (model: string) =>
    (await post('/v1/chat/completions', { model })).headers.get('x-intrallm-connection') === one.id;
  expect([await by('m'), await by('other'), await by('m'), await by('other')]).toEqual([false, true, false, true]);
});

it('an endpoint is told who we are, and not with which program its caller came', async () => {
  const { endpoint } = await link('OPENAI', ['m']);
  const seen: IncomingMessage['headers'][] = [];
  endpoint.answer = (request, response) => {
    seen.push(request.headers);
    response.end('{}');
  };
  await admin.fetch('/v1/chat/completions', {
    method: 'POST',
    headers: { 'user-agent': 'curl/8.0' },
    body: '{"model":"m"}',
  });
  expect(seen.map((headers) => headers['user-agent'])).toEqual(['IntraLLM-Connections']);
  expect(app.log()).toContain('"userAgent":"curl/8.0"');
});

it('an error that LM Studio sends with 200 reaches its caller, and proves nothing', async () => {
  const { endpoint, id } = await link('OPENAI', ['m']);
  endpoint.answer = refuse(200, '{"error":"Unexpected endpoint or method. (POST /v1/rerank)"}');
  const { status, text } = await post('/v1/rerank', { model: 'm' });
  expect([status, text]).toEqual([200, expect.stringContaining('Unexpected endpoint')]);
  expect(app.log()).toContain('"outcome":"upstream-error"');
  expect((await health(id)).status).toBe('ONLINE');
});
