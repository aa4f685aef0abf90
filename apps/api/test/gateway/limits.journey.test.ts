import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually, startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { startRawEndpoint, type RawEndpoint } from '../support/endpoints/raw-endpoint.js';
import { testDatabases } from '../support/postgres/postgres.js';

const CREATE = 'mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) { token } }';

let app: TestApp;
let admin: TestClient;
let endpoint: RawEndpoint;

beforeAll(async () => {
  app = await startTestApp({ kind: testDatabases[0]! });
  admin = await app.admin();
  endpoint = await startRawEndpoint('one', ['m']);
  const { url } = endpoint;
  await admin.data('mutation ($url: String!) { addConnection(input: { kind: OPENAI, url: $url }) { id } }', { url });
  await eventually(
    () => Promise.resolve(app.app.services.routing.table.find('m')),
    (route) => route !== undefined,
  );
}, 120_000);

afterAll(async () => {
  await app.close();
  await endpoint.close();
});

async function tokenOf(maker: TestClient, more: object): Promise<TestClient> {
  const input = { name: 't', scopes: ['CHAT', 'MODELS_READ'], ...more };
  const { createApiToken } = await maker.data<{ createApiToken: { token: string } }>(CREATE, { input });
  return app.client(createApiToken.token);
}

const chat = (client: TestClient) => client.fetch('/v1/chat/completions', { method: 'POST', body: '{"model":"m"}' });

it('a token is held to its requests per minute, with the time to come again', async () => {
  const token = await tokenOf(admin, { requestsPerMinute: 2 });
  const statuses = [(await chat(token)).status, (await chat(token)).status];
  const refused = await chat(token);
  expect([...statuses, refused.status, refused.headers.get('retry-after')]).toEqual([200, 200, 429, '30']);
  expect(await refused.json()).toMatchObject({ error: { code: 'rate_limited', type: 'rate_limit_error' } });
  // What asks nothing of a model is not counted.
  expect((await token.fetch('/v1/models')).status).toBe(200);
});

it('a token is held to its requests under way, and gets its place back however one ends', async () => {
  const token = await tokenOf(admin, { maxInFlight: 1 });
  const held: (() => void)[] = [];
  endpoint.answer = (_request, response) => held.push(() => response.end('{}'));
  const first = chat(token);
  await eventually(
    () => Promise.resolve(held.length),
    (count) => count === 1,
  );
  expect((await chat(token)).status).toBe(429);
  held[0]?.();
  expect((await first).status).toBe(200);
  const leaving = new AbortController();
  const left = token.fetch('/v1/chat/completions', { method: 'POST', body: '{"model":"m"}', signal: leaving.signal });
  await eventually(
    () => Promise.resolve(held.length),
    (count) => count === 2,
  );
  leaving.abort();
  await expect(left).rejects.toThrow();
  endpoint.answer = (_request, response) => response.end('{}');
  await eventually(
    async () => (await chat(token)).status,
    (status) => status === 200,
  );
  expect((await token.fetch('/v1/chat/completions', { method: 'POST', body: 'no JSON' })).status).toBe(400);
  expect((await chat(token)).status).toBe(200);
});

it('tokens that were made by a token count on that one together', async () => {
  const maker = await tokenOf(admin, { scopes: ['CHAT', 'TOKENS_WRITE'], requestsPerMinute: 3 });
  const children = [await tokenOf(maker, { scopes: ['CHAT'] }), await tokenOf(maker, { scopes: ['CHAT'] })];
  const statuses: number[] = [];
  for (const client of [children[0]!, children[1]!, maker, children[0]!, children[1]!]) {
    statuses.push((await chat(client)).status);
  }
  expect(statuses).toEqual([200, 200, 200, 429, 429]);
});
