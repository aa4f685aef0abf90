import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { startRawEndpoint, type RawEndpoint } from '../support/endpoints/raw-endpoint.js';
import { testDatabases } from '../support/postgres/postgres.js';

const NAMES = ['accounts/fireworks/models/x', 'gpt-4o', 'gpt-4o-mini', 'llama3.2:latest', 'Ümläut model'];

let app: TestApp;
let admin: TestClient;
let limited: TestClient;
let endpoint: RawEndpoint;
let id: string;

beforeAll(async () => {
  app = await startTestApp({ kind: testDatabases[0]! });
  admin = await app.admin();
  endpoint = await startRawEndpoint('one', NAMES);
  const added = await admin.data<{ addConnection: { id: string } }>(
    'mutation ($url: String!) { addConnection(input: { kind: OPENAI, url: $url }) { id } }',
    { url: endpoint.url },
  );
  id = added.addConnection.id;
  const { createApiToken } = await admin.data<{ createApiToken: { token: string } }>(
    'mutation { createApiToken(input: { name: "t", scopes: [CHAT, MODELS_READ], modelAllowlist: ["gpt-4o*"] }) { token } }',
  );
  limited = app.client(createApiToken.token);
  await eventually(names, (all) => all.length === NAMES.length);
}, 120_000);

afterAll(async () => {
  await app.close();
  await endpoint.close();
});

async function names(client = admin): Promise<string[]> {
  const { data } = (await (await client.fetch('/v1/models')).json()) as { data: { id: string }[] };
  return data.map((model) => model.id);
}

async function error(response: Promise<Response>): Promise<{ status: number; code: string; message: string }> {
  const answer = await response;
  const { error: told } = (await answer.json()) as { error: { code: string; message: string } };
  return { status: answer.status, ...told };
}

describe('the list of models', () => {
  it('is in byte order, and has for a token what that may use', async () => {
    expect(await names()).toEqual([...NAMES].sort());
    expect(await names(limited)).toEqual(['gpt-4o', 'gpt-4o-mini']);
  });

  it('is not sent again to who has it, and changes with its entity tag', async () => {
    const first = await admin.fetch('/v1/models');
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[\w-]{22}"$/);
    const again = await admin.fetch('/v1/models', { headers: { 'if-none-match': etag } });
    expect([again.status, await again.text()]).toEqual([304, '']);
    const theirs = await limited.fetch('/v1/models', { headers: { 'if-none-match': etag } });
    expect([theirs.status, theirs.headers.get('etag') === etag]).toEqual([200, false]);
    const toggle = 'mutation ($id: ID!) { toggleConnection(id: $id) { enabled } }';
    await admin.data(toggle, { id });
    await eventually(names, (all) => all.length === 0);
    expect((await admin.fetch('/v1/models', { headers: { 'if-none-match': etag } })).status).toBe(200);
    await admin.data(toggle, { id });
    await eventually(names, (all) => all.length === NAMES.length);
    expect((await admin.fetch('/v1/models')).headers.get('etag')).toBe(etag);
  });
});

describe('one model', () => {
  it.each(NAMES)('is found by its name, encoded and not: %s', async (name) => {
    for (const path of [encodeURIComponent(name), name.split('/').map(encodeURIComponent).join('/')]) {
      const response = await admin.fetch(`/v1/models/${path}`);
      expect(await response.json()).toMatchObject({ id: name, object: 'model', owned_by: 'intrallm' });
    }
  });

  it('that is not there is told with the nearest names, for chat as well', async () => {
    const asked = await error(admin.fetch('/v1/models/GPT-4-o'));
    expect(asked).toMatchObject({ status: 404, code: 'model_not_found' });
    expect(asked.message).toContain('Did you mean "gpt-4o" or "gpt-4o-mini"?');
    const chat = { method: 'POST', body: '{"model":"llama3.2"}' };
    expect((await error(admin.fetch('/v1/chat/completions', chat))).message).toContain('"llama3.2:latest"');
    expect((await error(admin.fetch('/v1/models/zzz'))).message).toBe('The model "zzz" is not served here.');
  });

  it('that a token may not use is as if it were not there, also among the nearest names', async () => {
    const { status, message } = await error(limited.fetch('/v1/models/llama3.2%3Alatest'));
    expect([status, message]).toEqual([404, 'The model "llama3.2:latest" is not served here.']);
  });
});
