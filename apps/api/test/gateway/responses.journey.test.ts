import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { startRawEndpoint, type RawEndpoint } from '../support/endpoints/raw-endpoint.js';
import { testDatabases } from '../support/postgres/postgres.js';

const ADD = 'mutation ($input: AddConnectionInput!) { addConnection(input: $input) { id } }';

let app: TestApp;
let admin: TestClient;
let other: TestClient;
const endpoints: Record<string, RawEndpoint> = {};
const ids: Record<string, string> = {};

/** Two endpoints with the same model; each counts its responses up from 1, as some servers do. */
beforeAll(async () => {
  app = await startTestApp({ kind: testDatabases[0]! });
  admin = await app.admin();
  for (const name of ['one', 'two']) {
    const endpoint = await startRawEndpoint(name, ['m']);
    let count = 0;
    endpoint.answer = (request, response) => {
      if (request.method !== 'POST' || request.url !== '/v1/responses') {
        response.end(JSON.stringify({ by: name, method: request.method, path: request.url }));
        return;
      }
      count += 1;
      const made = `{"created_at":1,"id":"resp_${name}_${String(count)}","output":[{"id":"msg_1"}]}`;
      if (endpoint.seen.at(-1)?.body.includes('"stream":true') === true) {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.end(`event: response.created\ndata: {"response":${made}}\n\n`);
      } else response.end(made);
    };
    const { addConnection } = await admin.data<{ addConnection: { id: string } }>(ADD, {
      input: { kind: 'OPENAI', url: endpoint.url, name },
    });
    endpoints[name] = endpoint;
    ids[name] = addConnection.id;
  }
  await admin.data(
    'mutation { createUser(name: "Bo", email: "bo@example.org", role: MEMBER, password: "correct horse battery") { id } }',
  );
  other = await app.client().signIn({ email: 'bo@example.org', password: 'correct horse battery' });
  await eventually(
    () => Promise.resolve(app.app.services.routing.table.find('m')?.candidates.length),
    (count) => count === 2,
  );
}, 120_000);

afterAll(async () => {
  await app.close();
  for (const endpoint of Object.values(endpoints)) await endpoint.close();
});

async function ask(path: string, method = 'GET', body: object | null = null, client = admin) {
  const init = body === null ? { method } : { method, body: JSON.stringify(body) };
  const response = await client.fetch(`/v1/responses${path}`, init);
  return { status: response.status, text: await response.text() };
}

/** A response made at that endpoint. */
async function madeAt(name: string, more: object = {}): Promise<string> {
  for (;;) {
    const { text } = await ask('', 'POST', { model: 'm', ...more });
    const id = /"id":"(resp_[^"]+)"/.exec(text)?.[1] ?? '';
    if (id.startsWith(`resp_${name}_`)) return id;
  }
}

describe.each(['one', 'two'])('a response that endpoint %s made', (name) => {
  it.each([{}, { stream: true }])('is gone on from there: %j', async (more) => {
    const id = await madeAt(name, more);
    for (let round = 0; round < 4; round += 1) {
      const { status, text } = await ask('', 'POST', { model: 'm', previous_response_id: id });
      expect([status, text]).toEqual([200, expect.stringContaining(`resp_${name}_`)]);
    }
  });

  it('is asked for, listed, cancelled and deleted there', async () => {
    const id = await madeAt(name);
    const to = async (path: string, method: string) => JSON.parse((await ask(path, method)).text) as object;
    expect(await to(`/${id}?include=a`, 'GET')).toEqual({
      by: name,
      method: 'GET',
      path: `/v1/responses/${id}?include=a`,
    });
    expect(await to(`/${id}/input_items`, 'GET')).toMatchObject({ by: name, path: `/v1/responses/${id}/input_items` });
    expect(await to(`/${id}/cancel`, 'POST')).toMatchObject({ by: name, method: 'POST' });
    expect(await to(`/${id}`, 'DELETE')).toMatchObject({ by: name, method: 'DELETE' });
  });

  it('is nobody else’s, though the id can be guessed', async () => {
    const id = await madeAt(name);
    const before = endpoints[name]!.seen.length;
    for (const [path, method] of [
      [`/${id}`, 'GET'],
      [`/${id}`, 'DELETE'],
      [`/${id}/input_items`, 'GET'],
      [`/${id}/cancel`, 'POST'],
    ] as const) {
      const refused = await ask(path, method, null, other);
      expect([refused.status, refused.text]).toEqual([404, expect.stringContaining('"code":"not_found"')]);
    }
    const refused = await ask('', 'POST', { model: 'm', previous_response_id: id }, other);
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('previous_response_not_found')]);
    expect(endpoints[name]!.seen).toHaveLength(before);
  });
});

it('a response that nobody knows is not found, and the field is named: nothing that official clients try again', async () => {
  expect((await ask('/resp_unknown')).status).toBe(404);
  const { status, text } = await ask('', 'POST', { model: 'm', previous_response_id: 'resp_unknown' });
  expect([status, JSON.parse(text)]).toMatchObject([
    400,
    { error: { param: 'previous_response_id', code: 'previous_response_not_found' } },
  ]);
});

it('a response whose connection was switched off is not asked for elsewhere', async () => {
  const id = await madeAt('two');
  await admin.data('mutation ($id: ID!) { toggleConnection(id: $id, enabled: false) { id } }', { id: ids['two'] });
  await eventually(
    () => Promise.resolve(app.app.services.routing.table.find('m')?.candidates.length),
    (count) => count === 1,
  );
  const before = endpoints['one']!.seen.length;
  expect((await ask(`/${id}`)).status).toBe(404);
  expect((await ask('', 'POST', { model: 'm', previous_response_id: id })).status).toBe(400);
  expect(endpoints['one']!.seen).toHaveLength(before);
});
