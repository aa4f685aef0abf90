import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { eventually, startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { testDatabases } from '../support/postgres/postgres.js';
import { expectNothingHalfWritten } from '../support/stored.js';

const ADD = 'mutation ($input: AddConnectionInput!) { addConnection(input: $input) { id } }';
const CREATE_TOKEN = 'mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) { token } }';
const USED =
  'query ($from: DateTime!, $to: DateTime!) { usage(from: $from, to: $to, bucket: HOUR, groupBy: MODEL) { requests } }';
/** With such names, their usage fills pages. */
const MODELS = Array.from({ length: 60 }, (_, index) => `model-${String(index)}-${'x'.repeat(200)}`);

let endpoint: Server;
let app: TestApp;
let admin: TestClient;

beforeEach(async () => {
  endpoint = createServer((message, answer) => {
    void text(message).then(() => {
      const choice = { index: 0, message: { role: 'assistant', content: 'Yes.' }, finish_reason: 'stop' };
      const list = { object: 'list', data: MODELS.map((id) => ({ id })) };
      const body = message.url === '/v1/models' ? list : { id: 'c', choices: [choice] };
      answer.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    });
  }).listen(0, '127.0.0.1');
  await once(endpoint, 'listening');
  const [kind] = testDatabases;
  app = await startTestApp({ kind: kind! });
  admin = await app.admin();
  const { port } = endpoint.address() as AddressInfo;
  await admin.data(ADD, { input: { kind: 'OPENAI', url: `http://127.0.0.1:${String(port)}/v1`, name: 'one' } });
});
afterEach(async () => {
  await app.close();
  endpoint.closeAllConnections();
  endpoint.close();
});

const pragma = async (words: string): Promise<number> => {
  const [row] = await app.app.services.database.dataSource.query<Record<string, number>[]>(`PRAGMA ${words}`);
  return Object.values(row ?? {})[0] ?? 0;
};

async function chat(client: TestClient, model: string): Promise<number> {
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'Is it?' }] });
  const headers = { 'content-type': 'application/json' };
  const answer = await client.fetch('/v1/chat/completions', { method: 'POST', headers, body });
  await answer.text();
  return answer.status;
}

async function metric(name: string): Promise<number> {
  const all = await (await app.client().fetch('/metrics')).text();
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(all)?.[1]);
}

it('a disk that is full while chats go on loses no usage, ends no chat, and is over when there is room', async () => {
  const input = { name: 'tool', scopes: ['CHAT'] };
  const { createApiToken } = await admin.data<{ createApiToken: { token: string } }>(CREATE_TOKEN, { input });
  const client = app.client(createApiToken.token);
  await eventually(
    () => chat(client, MODELS[0]!),
    (status) => status === 200,
  );
  await pragma(`max_page_count = ${String(await pragma('page_count'))}`);
  const failures = await metric('intrallm_usage_flush_failures_total');
  const statuses: number[] = [];
  for (const model of MODELS) statuses.push(await chat(client, model));
  expect(new Set(statuses)).toEqual(new Set([200]));
  await eventually(
    () => metric('intrallm_usage_flush_failures_total'),
    (count) => count > failures,
  );
  const refused = await admin.graphql(ADD, {
    input: { kind: 'OPENAI', url: 'http://127.0.0.1:9/v1', enabled: false, declaredModels: MODELS },
  });
  expect(refused).toMatchObject({
    status: 503,
    errors: [{ message: 'The database has no room left on its disk.', extensions: { code: 'UNAVAILABLE' } }],
  });
  expect((await admin.data<{ connections: unknown[] }>('{ connections { id } }')).connections).toHaveLength(1);
  await expectNothingHalfWritten(app.databaseUrl);

  await pragma('max_page_count = 1000000');
  const now = Date.now();
  const span = { from: new Date(now - 3_600_000).toISOString(), to: new Date(now + 3_600_000).toISOString() };
  await eventually(
    () => admin.data<{ usage: { requests: number }[] }>(USED, span),
    ({ usage }) => usage.reduce((sum, { requests }) => sum + requests, 0) >= MODELS.length + 1,
  );
  expect(await metric('intrallm_usage_dropped_total')).toBe(0);
  await admin.data(ADD, { input: { kind: 'OPENAI', url: 'http://127.0.0.1:9/v1', enabled: false } });
});
