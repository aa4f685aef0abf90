import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ApiToken } from '../../src/auth/tokens/api-token.entity.js';
import { DEFAULT_CADENCE } from '../../src/monitor/checks/cadence.js';
import { eventually, startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { startRawEndpoint, type RawEndpoint } from '../support/endpoints/raw-endpoint.js';
import { testDatabases } from '../support/postgres/postgres.js';

const ADD = 'mutation ($input: AddConnectionInput!) { addConnection(input: $input) { id } }';
const CREATE_TOKEN = 'mutation { createApiToken(input: { name: "t", scopes: [CHAT] }) { token apiToken { id } } }';
const REVOKE = 'mutation ($id: ID!) { revokeApiToken(id: $id) }';
const PASSWORD = 'correct horse battery';

let app: TestApp;
let admin: TestClient;
let endpoint: RawEndpoint;
/** Answers under way at the endpoint. */
let open: ServerResponse[];
let id: string;

beforeEach(async () => {
  app = await startTestApp({ kind: testDatabases[0]!, cadence: { ...DEFAULT_CADENCE, recheckMs: [600_000] } });
  admin = await app.admin();
  endpoint = await startRawEndpoint('one', ['m']);
  open = [];
  endpoint.answer = (_request, response) => {
    open.push(response);
    if (endpoint.seen.at(-1)?.body.includes('"stream":true') !== true) return;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: {"choices":[{"delta":{"content":"word"}}]}\n\n');
  };
  const input = { kind: 'OPENAI', url: endpoint.url, name: 'One', idleTimeoutMs: 600_000 };
  id = (await admin.data<{ addConnection: { id: string } }>(ADD, { input })).addConnection.id;
  await eventually(
    () => Promise.resolve(app.app.services.routing.table.find('m')?.candidates[0]?.status),
    (status) => status === 'ONLINE',
  );
});
afterEach(async () => {
  await app.close();
  await endpoint.close();
});

async function token(): Promise<{ id: string; client: TestClient }> {
  const { createApiToken } = await admin.data<{ createApiToken: { token: string; apiToken: { id: string } } }>(
    CREATE_TOKEN,
  );
  return { id: createApiToken.apiToken.id, client: app.client(createApiToken.token) };
}

/** Begins a stream, a request for a whole answer and one over Ollama's API, and waits until the endpoint has them. */
async function begin(client: TestClient): Promise<Promise<string>[]> {
  const asked = [
    client.fetch('/v1/chat/completions', { method: 'POST', body: '{"model":"m","stream":true}' }),
    client.fetch('/v1/chat/completions', { method: 'POST', body: '{"model":"m"}' }),
    client.fetch('/api/chat', { method: 'POST', body: '{"model":"m","messages":[{"role":"user","content":"a"}]}' }),
  ].map(async (response) => {
    try {
      return `whole: ${await (await response).text()}`;
    } catch {
      return 'cut';
    }
  });
  await eventually(
    () => Promise.resolve(open.length),
    (count) => count === 3,
  );
  return asked;
}

describe('what is under way is cut, and the endpoint hears of it,', () => {
  it.each(['a token was revoked', 'its owner was removed', 'a session was signed out of'])('when %s', async (what) => {
    await admin.data(
      `mutation { createUser(name: "Bo", email: "bo@example.org", role: MEMBER, password: "${PASSWORD}") { id } }`,
    );
    const bo = await app.client().signIn({ email: 'bo@example.org', password: PASSWORD });
    let client = bo;
    let end = async (): Promise<unknown> => bo.data('mutation { signOut }');
    if (what !== 'a session was signed out of') {
      const made = await bo.data<{ createApiToken: { token: string; apiToken: { id: string } } }>(CREATE_TOKEN);
      client = app.client(made.createApiToken.token);
      const me = await bo.data<{ me: { id: string } }>('{ me { id } }');
      end = what.startsWith('a token')
        ? () => bo.data(REVOKE, { id: made.createApiToken.apiToken.id })
        : () => admin.data('mutation ($id: ID!) { removeUser(id: $id) }', { id: me.me.id });
    }
    const asked = await begin(client);
    const heard = open.map((response) => once(response, 'close'));
    await end();
    expect(await Promise.all(asked)).toEqual(['cut', 'cut', 'cut']);
    await Promise.all(heard);
    expect(app.log()).toContain('a request was cut because the credential of its caller ended');
    await eventually(
      () => Promise.resolve(app.app.services.load.inFlight(id)),
      (count) => count === 0,
    );
  });

  it('when another process revoked the token', async () => {
    const { id: tokenId, client } = await token();
    const other = await token();
    const asked = await begin(client);
    // As another process would: nobody in this one is told.
    await app.app.services.database.write((write) => write.manager.delete(ApiToken, { id: tokenId }));
    expect(await Promise.all(asked)).toEqual(['cut', 'cut', 'cut']);
    const goesOn = other.client.fetch('/v1/chat/completions', { method: 'POST', body: '{"model":"m"}' });
    await eventually(
      () => Promise.resolve(open.length),
      (count) => count === 4,
    );
    open[3]?.end('{}');
    expect((await goesOn).status).toBe(200);
  });
});

it.each(['with a session', 'with a token that is known'])(
  'a failure of ours after the head cuts the answer and is logged, %s',
  async (who) => {
    const client = who === 'with a session' ? admin : (await token()).client;
    endpoint.answer = (_request, response) => response.end('{}');
    const chat = () => client.fetch('/v1/chat/completions', { method: 'POST', body: '{"model":"m"}' });
    await (await chat()).text();
    const { usageRecorder } = app.app.services;
    const record = usageRecorder.record.bind(usageRecorder);
    let failures = 0;
    usageRecorder.record = () => {
      failures += 1;
      throw new Error('a bug of ours');
    };
    await chat().then(
      (response) => response.text(),
      () => 'cut',
    );
    usageRecorder.record = record;
    expect(failures).toBe(1);
    await eventually(
      () => Promise.resolve(app.log()),
      (log) => log.includes('a request failed while it was answered') && log.includes('a bug of ours'),
    );
    expect((await chat()).status).toBe(200);
  },
);

it('an answer that falls silent is told in the log, with the setting and its length', async () => {
  await admin.data(
    'mutation ($id: ID!, $input: UpdateConnectionInput!) { updateConnection(id: $id, input: $input) { id } }',
    { id, input: { idleTimeoutMs: 1_000 } },
  );
  await eventually(
    () => Promise.resolve(app.app.services.routing.table.server(id)?.connection.idleTimeoutMs),
    (idle) => idle === 1_000,
  );
  const response = await admin.fetch('/v1/chat/completions', { method: 'POST', body: '{"model":"m","stream":true}' });
  await expect(response.text()).rejects.toThrow();
  await eventually(
    () => Promise.resolve(app.log()),
    (log) => /an endpoint did not finish its answer/.test(log) && /fell silent for 1 s.*idleTimeoutMs/.test(log),
  );
});

it('an answer that is translated whole and falls silent is a 504 in words', async () => {
  endpoint.answer = (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('{"choices":[');
  };
  await admin.data(
    'mutation ($id: ID!, $input: UpdateConnectionInput!) { updateConnection(id: $id, input: $input) { id } }',
    { id, input: { idleTimeoutMs: 1_000 } },
  );
  await eventually(
    () => Promise.resolve(app.app.services.routing.table.server(id)?.connection.idleTimeoutMs),
    (idle) => idle === 1_000,
  );
  const body = '{"model":"m","stream":false,"messages":[{"role":"user","content":"a"}]}';
  const response = await admin.fetch('/api/chat', { method: 'POST', body });
  expect([response.status, response.headers.get('retry-after'), response.headers.get('x-should-retry')]).toEqual([
    504,
    null,
    'false',
  ]);
  expect(await response.text()).toContain('fell silent in the middle of its answer for 1 s, which its connection sets');
});

describe('a connection that is removed', () => {
  it('leaves no numbers behind, also where a request outlives it', async () => {
    const asked = await begin(admin);
    await admin.data('mutation ($id: ID!) { removeConnection(id: $id) }', { id });
    await eventually(
      () => Promise.resolve(app.app.services.routing.table.server(id)),
      (server) => server === undefined,
    );
    for (const response of open) response.end('{}');
    await Promise.all(asked);
    const { registry, load } = app.app.services;
    await eventually(
      () => Promise.resolve(load.size),
      (size) => size === 0,
    );
    expect(await registry.metrics()).not.toContain(id);
  });
});

/** Answers the first request of each connection and destroys the socket at the second. */
async function startForgetfulEndpoint(): Promise<{ url: string; seen: () => number; close: () => Promise<void> }> {
  let seen = 0;
  const list = JSON.stringify({ object: 'list', data: [{ id: 'forgetful', object: 'model' }] });
  const server: Server = createServer((socket) => {
    let hasAnswered = false;
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      if (hasAnswered) {
        socket.destroy();
        return;
      }
      hasAnswered = true;
      const isList = chunk.toString().startsWith('GET');
      if (!isList) seen += 1;
      const body = isList ? list : '{"object":"chat.completion","choices":[{"message":{"content":"a"}}]}';
      socket.write(
        `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${String(body.length)}\r\n\r\n${body}`,
      );
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/v1`;
  const close = async (): Promise<void> => {
    server.close();
    await once(server, 'close');
  };
  return { url, seen: () => seen, close };
}

it('an endpoint that closes each connection at its second request serves every request, in either API', async () => {
  const forgetful = await startForgetfulEndpoint();
  try {
    const input = { kind: 'OPENAI', url: forgetful.url, name: 'Forgetful' };
    const added = (await admin.data<{ addConnection: { id: string } }>(ADD, { input })).addConnection.id;
    await eventually(
      () => Promise.resolve(app.app.services.routing.table.server(added)?.status),
      (status) => status === 'ONLINE',
    );
    const message = { role: 'user', content: 'a' };
    for (let round = 0; round < 5; round += 1) {
      for (const [path, more] of [
        ['/v1/chat/completions', {}],
        ['/v1/embeddings', { input: 'a'.repeat(100) }],
        ['/api/chat', { stream: false }],
      ] as const) {
        const body = JSON.stringify({ model: 'forgetful', messages: [message], ...more });
        expect([path, (await admin.fetch(path, { method: 'POST', body })).status]).toEqual([path, 200]);
      }
    }
    expect(forgetful.seen()).toBe(15);
    expect(app.app.services.load.isResting(added)).toBe(false);
  } finally {
    await app.app.services.dispatcher.destroy();
    await forgetful.close();
  }
});
