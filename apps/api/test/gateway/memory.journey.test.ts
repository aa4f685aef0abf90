import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DEFAULT_CADENCE } from '../../src/monitor/checks/cadence.js';
import { eventually, startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { EXPIRES_AT, startRawEndpoint, type RawEndpoint } from '../support/endpoints/raw-endpoint.js';
import { testDatabases } from '../support/postgres/postgres.js';

const ADD = 'mutation ($input: AddConnectionInput!) { addConnection(input: $input) { id } }';
const HOUR_MS = 3_600_000;

let app: TestApp;
let admin: TestClient;
let instance: RawEndpoint;
/** What the instance has in memory. */
let loaded: Set<string>;

/** An instance that loads a model with the first request to it. Checks by the schedule are an hour away. */
beforeEach(async () => {
  app = await startTestApp({ kind: testDatabases[0]!, cadence: { ...DEFAULT_CADENCE, regularMs: HOUR_MS } });
  admin = await app.admin();
  loaded = new Set();
  instance = await startRawEndpoint('one', []);
  const entries = (names: Iterable<string>) =>
    JSON.stringify({ models: Array.from(names, (name) => ({ name, model: name, size: 12, expires_at: EXPIRES_AT })) });
  instance.catalogueAnswer = (request, response) => {
    if (request.url === '/api/version') response.end('{"version":"0.25.0"}');
    else response.end(entries(request.url === '/api/ps' ? loaded : ['m:latest', 'n:latest']));
  };
  instance.answer = (request, response) => {
    const { model, keep_alive } = JSON.parse(instance.seen.at(-1)!.body) as { model: string; keep_alive?: unknown };
    if (request.url === '/api/show') {
      response.end('{"details":{},"capabilities":["completion"]}');
      return;
    }
    if (keep_alive === 0) loaded.delete(model);
    else loaded.add(model);
    response.end(JSON.stringify({ model, message: { role: 'assistant', content: 'x' }, response: 'x', done: true }));
  };
  const url = instance.url.replace(/\/v1$/, '');
  await admin.data(ADD, { input: { kind: 'OLLAMA', url } });
  await eventually(
    () => Promise.resolve(app.app.services.routing.table.names),
    (names) => names.length === 2,
  );
});

afterEach(async () => {
  await app.close();
  await instance.close();
});

const ask = async (path: string, body: object): Promise<number> => {
  const response = await admin.fetch(path, { method: 'POST', body: JSON.stringify({ stream: false, ...body }) });
  await response.arrayBuffer();
  return response.status;
};
const running = async (): Promise<string[]> => {
  const { models } = (await (await admin.fetch('/api/ps')).json()) as { models: { name: string }[] };
  return models.map(({ name }) => name);
};

describe('/api/ps', () => {
  it.each([
    ['/api/chat', { messages: [{ role: 'user', content: 'x' }] }],
    ['/api/generate', { prompt: 'x' }],
    ['/api/generate', {}],
    ['/v1/chat/completions', { messages: [{ role: 'user', content: 'x' }] }],
  ])('shows the model that a request to %s loaded, long before the next check by the schedule', async (path, body) => {
    expect(await running()).toEqual([]);
    expect(await ask(path, { model: 'm:latest', ...body })).toBe(200);
    await eventually(running, (names) => names.join() === 'm:latest');
  });

  it('no longer shows the model that a request unloaded', async () => {
    await ask('/api/chat', { model: 'm:latest', messages: [{ role: 'user', content: 'x' }] });
    await eventually(running, (names) => names.length === 1);
    expect(await ask('/api/chat', { model: 'm:latest', messages: [], keep_alive: 0 })).toBe(200);
    await eventually(running, (names) => names.length === 0);
  }, 20_000);
});
