import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DEFAULT_CADENCE } from '../../../src/monitor/checks/cadence.js';
import { eventually, startTestApp, type TestApp, type TestClient } from '../../support/app.js';
import { startRawOllama, type RawEndpoint } from '../../support/endpoints/raw-endpoint.js';
import { testDatabases } from '../../support/postgres/postgres.js';

const ADD = 'mutation ($input: AddConnectionInput!) { addConnection(input: $input) { id } }';
const UPDATE =
  'mutation ($id: ID!, $input: UpdateConnectionInput!) { updateConnection(id: $id, input: $input) { allowKeepAlive maxContextLength } }';
const TOKEN = 'mutation { createApiToken(input: { name: "t", scopes: [CHAT, MODELS_READ] }) { token } }';
/** What the instance says that its models were made for. */
const TRAINED = 4_096;
const LIMITED = 'x-intrallm-limited';

let app: TestApp;
let admin: TestClient;
let caller: TestClient;
let instance: RawEndpoint;
let id: string;

beforeAll(async () => {
  app = await startTestApp({ kind: testDatabases[0]!, cadence: { ...DEFAULT_CADENCE, recheckMs: [600_000] } });
  admin = await app.admin();
  caller = app.client((await admin.data<{ createApiToken: { token: string } }>(TOKEN)).createApiToken.token);
  instance = await startRawOllama('one', ['m:latest']);
  const input = { kind: 'OLLAMA', url: instance.url, name: 'One' };
  id = (await admin.data<{ addConnection: { id: string } }>(ADD, { input })).addConnection.id;
  await candidate(({ file }) => file !== null);
});

afterAll(async () => {
  await app.close();
  await instance.close();
});

type Told = NonNullable<ReturnType<typeof found>>;
const found = () => app.app.services.routing.table.find('m:latest')?.candidates[0];
const candidate = (isThere: (one: Told) => boolean) =>
  eventually(
    () => Promise.resolve(found()),
    (one) => one !== undefined && isThere(one),
  );

async function set(input: { allowKeepAlive?: boolean; maxContextLength?: number | null }): Promise<void> {
  await admin.data(UPDATE, { id, input });
  await candidate(({ connection }) =>
    Object.entries(input).every(([name, value]) => connection[name as keyof typeof input] === value),
  );
}

beforeEach(async () => {
  instance.answer = (_request, response) => response.end('{"done":true}');
  await set({ allowKeepAlive: false, maxContextLength: null });
  instance.seen.length = 0;
});

async function send(path: string, body: string, client = caller) {
  const response = await client.fetch(path, { method: 'POST', body });
  await response.arrayBuffer();
  return {
    status: response.status,
    limited: response.headers.get(LIMITED),
    sent: instance.seen.map((seen) => seen.body).at(-1),
  };
}

const MESSAGES = '"messages":[{"role":"user","content":"keep_alive"}]';
const chat = (more: string) => `{"model":"m:latest",${MESSAGES},"prompt":"p","input":"i","stream":false,${more}}`;

describe('how long a model stays in memory is not for every caller to say', () => {
  it.each(['0', '-1', '"24h"', '{"a":[1,2]}', '3600'])(
    'keep_alive %s of a caller is dropped, and said',
    async (value) => {
      for (const path of ['/api/chat', '/api/generate', '/api/embed', '/api/embeddings', '/v1/chat/completions']) {
        const outcome = await send(path, chat(`"keep_alive":${value},"x":1`));
        expect([outcome.status, outcome.limited]).toEqual([200, 'keep_alive']);
        expect(outcome.sent).toBe(chat('"keep_alive":null,"x":1'));
      }
    },
  );

  it.each([
    ['in another case', '"Keep_Alive":-1', '"Keep_Alive":null'],
    ['with escapes', '"keep\\u005falive":-1', '"keep\\u005falive":null'],
    ['twice', '"keep_alive":"5m","KEEP_ALIVE":-1', '"keep_alive":null,"KEEP_ALIVE":null'],
    ['with the sign for kelvin', '"\u212aeep_alive":-1', '"\u212aeep_alive":null'],
  ])('written %s as well', async (_how, written, sent) => {
    expect((await send('/api/chat', chat(written))).sent).toBe(chat(sent));
  });

  it('who may manage connections says it, and everybody where the connection allows it', async () => {
    const body = chat('"keep_alive":-1');
    expect(await send('/api/chat', body, admin)).toEqual({ status: 200, limited: null, sent: body });
    await set({ allowKeepAlive: true });
    expect(await send('/api/chat', body)).toEqual({ status: 200, limited: null, sent: body });
  });

  it('an empty request that only unloads is refused, and does not load instead', async () => {
    for (const [path, body] of [
      ['/api/generate', '{"model":"m","keep_alive":0}'],
      ['/api/chat', '{"model":"m","messages":[],"keep_alive":"0s"}'],
    ] as const) {
      expect(await send(path, body)).toEqual({ status: 403, limited: null, sent: undefined });
    }
    expect(await send('/api/generate', '{"model":"m:latest","keep_alive":0}', admin)).toMatchObject({
      status: 200,
      sent: '{"model":"m:latest","keep_alive":0}',
    });
    // To load it is for everybody.
    expect(await send('/api/generate', '{"model":"m:latest","keep_alive":"1h"}')).toMatchObject({
      status: 200,
      sent: '{"model":"m:latest","keep_alive":null}',
    });
  });
});

describe('the context that callers may ask for has a bound', () => {
  const capped = (options: string, bound: number) => `"options":{${options},"num_ctx":${bound}}`;

  it.each(['100000000', '1e8', '4097'])(
    'num_ctx %s becomes what the model was made for, and it is said',
    async (value) => {
      for (const path of ['/api/chat', '/api/generate', '/api/embed', '/v1/chat/completions']) {
        const options = `"seed":9007199254740993,"num_ctx":${value}`;
        expect(await send(path, chat(`"options":{${options}}`))).toEqual({
          status: 200,
          limited: `num_ctx=${TRAINED}`,
          sent: chat(capped(options, TRAINED)),
        });
      }
    },
  );

  it('what is within the bound, or is none, stays as it is', async () => {
    for (const more of ['"options":{"num_ctx":4096}', '"options":{"num_ctx":"x"}', '"options":{}', '"options":null']) {
      expect(await send('/api/chat', chat(more))).toEqual({ status: 200, limited: null, sent: chat(more) });
    }
  });

  it('an administrator sets it lower or higher', async () => {
    await set({ maxContextLength: 2_048 });
    const options = '"num_ctx":4096';
    expect((await send('/api/chat', chat(`"options":{${options}}`))).sent).toBe(chat(capped(options, 2_048)));
    await set({ maxContextLength: 100_000 });
    const body = chat('"options":{"num_ctx":100000}');
    expect(await send('/api/chat', body)).toEqual({ status: 200, limited: null, sent: body });
  });

  it('in options that stand there twice, or are written in another way', async () => {
    const twice = '"options":{"num_ctx":1},"Options":{"num\\u005fctx":99999}';
    expect((await send('/api/chat', chat(twice))).sent).toBe(
      chat(`"options":{"num_ctx":1},"Options":{"num\\u005fctx":99999,"num_ctx":${TRAINED}}`),
    );
  });

  it('options that are made to cost time are refused by name', async () => {
    const long = `"options":{"a":"${'x'.repeat(70_000)}","num_ctx":1}`;
    expect(await send('/api/chat', chat(long))).toMatchObject({ status: 400, sent: undefined });
    const often = Array.from({ length: 9 }, () => '"options":{}').join(',');
    expect(await send('/api/chat', chat(often))).toMatchObject({ status: 400, sent: undefined });
  });

  it('with both, and another name of the model', async () => {
    const body = '{"options":{"num_ctx":99999},"model":"m","keep_alive":-1,"messages":[{}],"stream":false}';
    expect(await send('/api/chat', body)).toEqual({
      status: 200,
      limited: `num_ctx=${TRAINED}, keep_alive`,
      sent: `{"options":{"num_ctx":99999,"num_ctx":${TRAINED}},"model":"m:latest","keep_alive":null,"messages":[{}],"stream":false}`,
    });
  });
});

it('a setting that is no number of tokens is refused by name', async () => {
  for (const value of [0, -1, 100_000_001]) {
    const { errors } = await admin.graphql(UPDATE, { id, input: { maxContextLength: value } });
    expect(errors?.[0]?.extensions['field']).toBe('input.maxContextLength');
  }
});
