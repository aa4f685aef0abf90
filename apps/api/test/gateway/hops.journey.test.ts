import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually, startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { startCuttableProxy, type CuttableProxy } from '../support/endpoints/cuttable-proxy.js';
import { testDatabases } from '../support/postgres/postgres.js';

const ADD = 'mutation ($input: AddConnectionInput!) { addConnection(input: $input) { id } }';

let app: TestApp;
let admin: TestClient;
let token: string;
/** Another port that leads to the app. */
let way: CuttableProxy;
/** Somebody else's gateway, which passes on what it does not know. */
let other: Server;
let requests = 0;

beforeAll(async () => {
  app = await startTestApp({ kind: testDatabases[0]! });
  app.app.http.app.server.on('request', () => (requests += 1));
  way = await startCuttableProxy(Number(new URL(app.url).port));
  other = createServer(
    (request, response) =>
      void passOn(request, `http://127.0.0.1:${String(way.port)}`).then(
        async (answer) =>
          response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text()),
        () => response.destroy(),
      ),
  );
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  admin = await app.admin();
  const created = await admin.data<{ createApiToken: { token: string } }>(
    'mutation { createApiToken(input: { name: "round", scopes: [MODELS_READ, CHAT] }) { token } }',
  );
  ({ token } = created.createApiToken);
}, 120_000);

afterAll(async () => {
  await app.close();
  await way.close();
  other.closeAllConnections();
  await new Promise((resolve) => other.close(resolve));
});

async function passOn(request: IncomingMessage, to: string): Promise<Response> {
  const { 'x-intrallm-hop': hop, authorization } = request.headers;
  const headers = {
    'x-intrallm-hop': String(hop),
    authorization: String(authorization),
    'content-type': 'application/json',
  };
  const body = await text(request);
  return fetch(`${to}${request.url ?? ''}`, {
    method: request.method ?? 'GET',
    headers,
    ...(body === '' ? {} : { body }),
  });
}

it.each([
  ['OPENAI', 'another port', () => `http://127.0.0.1:${String(way.port)}/v1`, '/v1/chat/completions'],
  [
    'OPENAI',
    'another gateway',
    () => `http://127.0.0.1:${String((other.address() as AddressInfo).port)}/v1`,
    '/v1/chat/completions',
  ],
  ['OLLAMA', 'another port', () => `http://127.0.0.1:${String(way.port)}`, '/api/chat'],
] as const)(
  'a chat by %s that leads back here through %s is ended when it comes, and the check says so',
  async (kind, _way, url, path) => {
    const model = `${kind} ${_way}`.toLowerCase().replaceAll(' ', '-');
    const { addConnection } = await admin.data<{ addConnection: { id: string } }>(ADD, {
      input: { kind, url: url(), apiKey: token, declaredModels: [model], modelPrefix: 'round/' },
    });
    const { id } = addConnection;
    const query = 'query ($id: ID!) { connection(id: $id) { health { status problem { message hint httpStatus } } } }';
    const { connection } = await eventually(
      () =>
        admin.data<{ connection: { health: { status: string; problem: { message: string } | null } } }>(query, { id }),
      ({ connection: { health } }) => health.problem !== null,
    );
    expect(connection.health.problem).toMatchObject({
      httpStatus: 508,
      message: expect.stringContaining('came back'),
      hint: expect.stringContaining('leads back to this server'),
    });
    await eventually(
      () => Promise.resolve(app.app.services.routing.table.find(`round/${model}`)),
      (route) => route !== undefined,
    );
    const body = JSON.stringify({ model: `round/${model}`, messages: [] });
    const before = requests;
    const response = await app.client(token).fetch(path, { method: 'POST', body });
    expect([response.status, await response.text()]).toEqual([508, expect.stringContaining(id)]);
    expect(response.headers.get('x-intrallm-connection')).toBe(id);
    // The chat and what came back of it; checks go on beside.
    expect(requests - before).toBeLessThan(20);
    await admin.data('mutation ($id: ID!) { removeConnection(id: $id) }', { id });
  },
);
