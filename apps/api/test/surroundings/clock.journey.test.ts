import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ApiToken } from '../../src/auth/tokens/api-token.entity.js';
import { eventually, startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { testDatabases } from '../support/postgres/postgres.js';
import { takeTimeOfDay, type TimeOfDay } from '../support/set-clock.js';

const HOUR_MS = 3_600_000;
const ADD = 'mutation ($input: AddConnectionInput!) { addConnection(input: $input) { id } }';
const CREATE_TOKEN =
  'mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) { token apiToken { id } } }';

let time: TimeOfDay;
let endpoint: Server;
let checks: number;
let app: TestApp;
let admin: TestClient;

beforeEach(async () => {
  time = takeTimeOfDay();
  checks = 0;
  endpoint = createServer((message, answer) => {
    void text(message).then(() => {
      const isList = message.url === '/v1/models';
      if (isList) checks += 1;
      const choice = { index: 0, message: { role: 'assistant', content: 'Yes.' }, finish_reason: 'stop' };
      const body = isList ? { object: 'list', data: [{ id: 'm' }] } : { id: 'c', model: 'm', choices: [choice] };
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
  time.restore();
  await app.close();
  endpoint.closeAllConnections();
  endpoint.close();
});

async function tokenOf(more: object = {}): Promise<{ id: string; client: TestClient }> {
  const input = { name: 'tool', scopes: ['CHAT'], ...more };
  const { createApiToken } = await admin.data<{ createApiToken: { token: string; apiToken: { id: string } } }>(
    CREATE_TOKEN,
    { input },
  );
  return { id: createApiToken.apiToken.id, client: app.client(createApiToken.token) };
}

async function chat(client: TestClient): Promise<number> {
  const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Is it?' }] });
  const answer = await client.fetch('/v1/chat/completions', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  await answer.text();
  return answer.status;
}

describe.each([
  ['back by two hours', -2 * HOUR_MS],
  ['forward by two hours', 2 * HOUR_MS],
])('a clock that is set %s', (_, byMs) => {
  it('changes no limit, stops no check, ends no session, and hides no revocation of another process', async () => {
    const few = await tokenOf({ requestsPerMinute: 2 });
    const free = await tokenOf({ requestsPerMinute: 6_000 });
    const revoked = await tokenOf();
    await eventually(
      () => chat(free.client),
      (code) => code === 200,
    );
    expect([await chat(few.client), await chat(few.client), await chat(few.client)]).toEqual([200, 200, 429]);
    expect(await chat(revoked.client)).toBe(200);

    time.set(byMs);
    // Neither given back at once nor kept from it until the clock has caught up.
    expect(await chat(few.client)).toBe(429);
    expect(await chat(free.client)).toBe(200);
    const before = checks;
    await eventually(
      () => Promise.resolve(checks),
      (count) => count >= before + 3,
    );
    expect((await admin.data<{ me: { email: string } | null }>('{ me { email } }')).me).not.toBeNull();
    await app.client().signIn();

    // As another process does it: nothing is announced in this one.
    await app.app.services.database.write(({ manager }) => manager.delete(ApiToken, { id: revoked.id }));
    await eventually(
      // One that is under way when the revocation is found is cut: the next one tells.
      () => chat(revoked.client).catch(() => null),
      (code) => code === 401,
      15_000,
    );
    const { connections } = await admin.data<{ connections: { health: { status: string } }[] }>(
      '{ connections { health { status } } }',
    );
    expect(connections[0]?.health.status).toBe('ONLINE');
  });
});
