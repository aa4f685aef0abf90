import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { startCuttableProxy, type CuttableProxy } from '../support/endpoints/cuttable-proxy.js';
import { startOwnPostgres, type OwnPostgres } from '../support/postgres/own-postgres.js';

const ADD = 'mutation ($input: AddConnectionInput!) { addConnection(input: $input) { id } }';
const SIGN_IN = 'mutation { signIn(email: "a@example.org", password: "wrong one") { id } }';
const CREATE_TOKEN = 'mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) { token } }';
const USED =
  'query ($from: DateTime!, $to: DateTime!) { usage(from: $from, to: $to, bucket: HOUR, groupBy: MODEL) { requests } }';
/** Each wait for the database ends after 5 s, and an operation may wait for a connection and for an answer. */
const ENDED_MS = 14_000;
/** Longer than what is remembered of a credential, so that it has to be looked up several times. */
const TROUBLE_MS = 13_000;

let endpoint: Server;
let postgres: OwnPostgres;
let proxy: CuttableProxy;
let app: TestApp;
let admin: TestClient;
let known: TestClient;

beforeAll(async () => {
  endpoint = createServer((message, answer) => {
    void text(message).then(() => {
      const isList = message.url === '/v1/models';
      const choice = { index: 0, message: { role: 'assistant', content: 'Yes.' }, finish_reason: 'stop' };
      const body = isList ? { object: 'list', data: [{ id: 'm' }] } : { id: 'c', model: 'm', choices: [choice] };
      answer.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    });
  }).listen(0, '127.0.0.1');
  await once(endpoint, 'listening');
  postgres = await startOwnPostgres();
  const url = new URL(postgres.url);
  proxy = await startCuttableProxy(Number(url.port));
  url.port = String(proxy.port);
  app = await startTestApp({
    kind: { name: 'postgres', create: () => Promise.resolve({ url: url.href, drop: () => Promise.resolve() }) },
  });
  admin = await app.admin();
  const { port } = endpoint.address() as AddressInfo;
  await admin.data(ADD, { input: { kind: 'OPENAI', url: `http://127.0.0.1:${String(port)}/v1`, name: 'one' } });
  known = await tokenClient();
  await eventually(chat, (status) => status === 200);
}, 120_000);
afterEach(async () => {
  postgres.thaw();
  await proxy.restore();
});
afterAll(async () => {
  postgres.thaw();
  await proxy.mend();
  await app.close();
  await proxy.close();
  await postgres.stop();
  endpoint.closeAllConnections();
  endpoint.close();
}, 60_000);

async function tokenClient(): Promise<TestClient> {
  const input = { name: 'tool', scopes: ['CHAT', 'MODELS_READ', 'CONNECTIONS_READ'] };
  const { createApiToken } = await admin.data<{ createApiToken: { token: string } }>(CREATE_TOKEN, { input });
  return app.client(createApiToken.token);
}

async function chat(client: TestClient = known): Promise<number> {
  const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Is it?' }] });
  const headers = { 'content-type': 'application/json' };
  const answer = await client.fetch('/v1/chat/completions', { method: 'POST', headers, body });
  await answer.text();
  return answer.status;
}

async function timed<T>(work: () => Promise<T>): Promise<{ result: T; ms: number }> {
  const startedAt = performance.now();
  const result = await work();
  return { result, ms: performance.now() - startedAt };
}

const unavailable = { status: 503, errors: [{ extensions: { code: 'UNAVAILABLE' } }] };

describe('a PostgreSQL that hangs', () => {
  it.each([
    ['because it is frozen', () => postgres.freeze(), () => postgres.thaw()],
    ['because packets to it vanish', () => proxy.swallow(), () => proxy.restore()],
  ])(
    '(%s) ends no chat, answers everything else with 503 in time, and is used again when it is back',
    async (_, begin, end) => {
      const stranger = await tokenClient();
      expect(await chat()).toBe(200);
      await begin();
      const endsAt = performance.now() + TROUBLE_MS;
      const others = Promise.all(
        [
          () => admin.graphql('{ auditLog(first: 1) { id } }'),
          () =>
            admin.graphql(ADD, {
              input: { kind: 'OPENAI', url: 'http://127.0.0.1:9/v1', name: 'lost', enabled: false },
            }),
          () => app.client().graphql(SIGN_IN),
          ...Array.from({ length: 20 }, () => () => stranger.graphql('{ connections { id } }')),
        ].map(timed),
      );
      const strangers = timed(() => chat(stranger));
      const ready = timed(() => app.client().fetch('/readyz'));
      let [chats, slowest] = [0, 0];
      while (performance.now() < endsAt) {
        const { result, ms } = await timed(chat);
        expect(result).toBe(200);
        chats += 1;
        slowest = Math.max(slowest, ms);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      // One look-up is waited for, for a second.
      expect(slowest).toBeLessThan(3_500);
      for (const { result, ms } of await others) {
        expect(result).toMatchObject(unavailable);
        expect(ms).toBeLessThan(ENDED_MS);
      }
      expect((await strangers).result).toBe(503);
      expect((await ready).result.status).toBe(503);
      expect((await app.client().fetch('/healthz')).status).toBe(200);
      expect(chats).toBeGreaterThan(20);

      await end();
      const back = await timed(() =>
        eventually(
          () =>
            Promise.all([
              ...Array.from({ length: 20 }, () => stranger.graphql('{ connections { id } }')),
              admin.graphql(ADD, { input: { kind: 'OPENAI', url: 'http://127.0.0.1:9/v1', enabled: false } }),
            ]),
          (answers) => answers.every(({ errors }) => errors === undefined),
        ),
      );
      expect(back.ms).toBeLessThan(10_000);
      expect(await chat(stranger)).toBe(200);
      // What was counted meanwhile is not lost.
      const now = Date.now();
      const span = { from: new Date(now - 3_600_000).toISOString(), to: new Date(now + 3_600_000).toISOString() };
      await eventually(
        () => admin.data<{ usage: { requests: number }[] }>(USED, span),
        ({ usage }) => usage.reduce((sum, { requests }) => sum + requests, 0) >= chats,
      );
    },
    90_000,
  );
});
