import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startSimulator, type Simulator } from '@intrallm/simulator';
import { eventually, startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { everyField } from '../support/every-field.js';
import { describeOnEachDatabase } from '../support/postgres/postgres.js';
import { foundIn } from '../support/secret-forms.js';
import { storedText } from '../support/stored.js';

/** Each with characters that are written in many ways. */
const KEY = 'sk-echoed/<Bearer>&51c8+a2e4%41=';
const HEADER = 'echoed <header>/"value" & more-e1b2';
const USER = 'echoed.user@example.org';
const PASSWORD = 'echoed:pass/word<0f1e>&2d3c';
const OTHER_KEY = 'echoed-x-api-key/77aa10bb+cc';
const TRIAL_KEY = 'sk-echoed-trial/<2f4e>&6d8c';
const SECRETS = new Map(
  Object.entries({
    KEY,
    HEADER,
    PASSWORD,
    OTHER_KEY,
    TRIAL_KEY,
    BASIC: `${USER}:${PASSWORD}`,
    BEHIND_SCHEME: HEADER.slice(HEADER.indexOf(' ') + 1),
  }),
);

const ADD = 'mutation ($input: AddConnectionInput!) { addConnection(input: $input) { id } }';
const VERIFY = `mutation ($input: VerifyConnectionInput!) { verifyConnection(input: $input) {
  ok modelNames problem { message hint } warnings { message hint } stages { detail problem { message hint } }
  suggestion { url reason } } }`;
const STATUSES = ['400', '401', '403', '404', '409', '418', '422', '429', '500', '502', '503', '529'];
const IN_STREAMS = new Set(['400', 'whole', 'event', 'anything']);
const CASES = [...STATUSES, 'whole', 'long', 'gzip', 'event', 'anything'];

describeOnEachDatabase('endpoints that repeat all that they are sent', (kind) => {
  let app: TestApp;
  let admin: TestClient;
  let tool: TestClient;
  let echo: Simulator;
  let ollama: Simulator;
  /** Every plain HTTP answer with its headers. */
  const httpAnswers: string[] = [];

  beforeAll(async () => {
    echo = await startSimulator({ profile: 'echo' });
    ollama = await startSimulator({ profile: 'echo-ollama' });
    app = await startTestApp({ kind, env: { LOG_LEVEL: 'trace' } });
    admin = await app.admin();
    const { createApiToken } = await admin.data<{ createApiToken: { token: string } }>(
      'mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) { token } }',
      { input: { name: 'tool', scopes: ['CHAT', 'MODELS_READ', 'STATUS_READ', 'CONNECTIONS_READ'] } },
    );
    tool = app.client(createApiToken.token);
  }, 120_000);
  afterAll(async () => {
    await app.close();
    await Promise.all([echo.close(), ollama.close()]);
  });

  const statuses = () =>
    admin.data<{ connections: { name: string; status: string; modelCount: number }[] }>(
      '{ connections { name status modelCount } }',
    );

  async function call(client: TestClient, path: string, body?: object): Promise<number> {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const answer = await client.fetch(path, init);
    // A stream may be cut, which is no matter here.
    const text = await answer.text().catch(() => 'cut');
    httpAnswers.push(
      `${path} ${JSON.stringify(body)} ${String(answer.status)}`,
      JSON.stringify([...answer.headers]),
      text,
    );
    return answer.status;
  }

  it('are linked, checked and listed', async () => {
    const socket = tool.socket();
    const events = socket.iterate({
      query: `subscription { connectionStatus { kind status problem { message hint } connection { name apiKeyPreview } } }`,
    });
    await events.next();
    const headers = [{ name: 'X-Extra', value: HEADER, secret: true }];
    for (const input of [
      { kind: 'OPENAI', url: echo.url, name: 'Bearer', modelPrefix: 'bearer/', apiKey: KEY, headers },
      { kind: 'OPENAI', url: echo.url, name: 'Header', modelPrefix: 'header/', apiKey: OTHER_KEY, auth: 'X_API_KEY' },
      {
        kind: 'OLLAMA',
        url: ollama.url,
        name: 'Basic',
        modelPrefix: 'basic/',
        apiKey: `${USER}:${PASSWORD}`,
        auth: 'BASIC',
        headers,
      },
    ]) {
      await admin.data(ADD, { input });
    }
    const { connections } = await eventually(statuses, ({ connections: rows }) =>
      rows.every(({ status, modelCount }) => status === 'ONLINE' && modelCount > 1),
    );
    expect(connections).toHaveLength(3);
    for (const [kindOf, url] of [
      ['OPENAI', echo.url],
      ['OLLAMA', ollama.url],
    ]) {
      await admin.data(VERIFY, { input: { kind: kindOf, url, apiKey: TRIAL_KEY, headers } });
    }
    await admin.data('mutation { refreshConnections { id } }');
    await socket.dispose();
  });

  it('answer requests with errors, in one piece and in streams, and lists', async () => {
    for (const model of ['bearer/echo', 'header/echo', 'basic/echo:latest']) {
      for (const content of CASES) {
        for (const stream of IN_STREAMS.has(content) ? [false, true] : [false]) {
          const chat = { model, stream, messages: [{ role: 'user', content }] };
          const status = await call(tool, '/v1/chat/completions', chat);
          expect(content === 'anything' ? status : 200).toBe(200);
          await call(tool, '/api/chat', chat);
        }
      }
      await call(tool, '/v1/embeddings', { model, input: '400' });
      await call(tool, '/api/show', { model });
      await call(tool, `/v1/models/${model}`);
    }
    for (const path of ['/v1/models', '/api/tags', '/api/ps', '/api/version', '/metrics', '/readyz'])
      await call(admin, path);
  }, 300_000);

  it('are told of by every field of the API', async () => {
    const { connections } = await admin.data<{ connections: { id: string; models: { id: string }[] }[] }>(
      '{ connections { id models { id } } }',
    );
    const [first] = connections;
    const now = Date.now();
    const times = [now - 3_600_000, now + 60_000].map((at) => JSON.stringify(new Date(at).toISOString()));
    const documents = everyField({
      connection: `id: "${first?.id ?? ''}"`,
      model: `id: "${first?.models[0]?.id ?? ''}"`,
      auditLog: 'first: 500',
      usage: `bucket: MINUTE, groupBy: MODEL, from: ${times[0] ?? ''}, to: ${times[1] ?? ''}`,
    });
    expect(documents.length).toBeGreaterThan(30);
    for (const document of documents) await admin.data(document);
  });

  it('have their words masked, and no form of a secret stands anywhere', async () => {
    const places = {
      database: await storedText(app.databaseUrl),
      log: app.log(),
      answers: app.answers.join('\n'),
      'HTTP answers': httpAnswers.join('\n'),
    };
    // The places are what they are taken for, and the endpoints did what they are here for.
    expect(places.log).toContain('"level":"debug"');
    expect(places.answers).toContain('"type":"next"');
    expect(places.answers).toContain('•••');
    expect(places['HTTP answers']).toContain('x-echo-x-extra');
    expect(places['HTTP answers']).toMatch(/"message":"[^"]*\*{30,}/);
    expect(echo.requests.some(({ headers }) => headers.authorization === `Bearer ${KEY}`)).toBe(true);
    const found = Object.entries(places).flatMap(([place, text]) =>
      foundIn(text, SECRETS).map((one) => `${one} in ${place}`),
    );
    expect(found).toEqual([]);
  });
});
