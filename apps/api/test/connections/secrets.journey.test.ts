import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startSimulator, type Simulator } from '@intrallm/simulator';
import { setUpToken } from '../support/accounts.js';
import { eventually, startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { describeOnEachDatabase } from '../support/postgres/postgres.js';
import { foundIn } from '../support/secret-forms.js';
import { storedText } from '../support/stored.js';

/** Each distinct, and as a person would type it: none may be found where it does not belong. */
const SECRETS = {
  key: 'sk-distinct-bearer-51c8a2e4',
  nextKey: 'sk-distinct-replaced-9d03f7b6',
  otherKey: 'distinct-api-key-header-77aa10',
  header: 'distinct-extra-header-e1b2c3d4',
  basicPassword: 'distinct-basic-pass-0f1e2d3c',
  managedKey: 'sk-distinct-managed-6b5a4c3d',
  trialKey: 'sk-distinct-trial-2f4e6d8c',
  misplacedKey: 'sk-distinct-misplaced-a7c9e1',
  firstPassword: 'distinct first password 8842',
  nextPassword: 'distinct next password 9953',
  wrongPassword: 'distinct wrong password 1164',
  memberPassword: 'distinct member password 2275',
  wrongToken: 'ilm_distinct-wrong-token-3386',
  wrongCookie: 'distinct-wrong-cookie-4497',
};
const BASIC = `distinct-user:${SECRETS.basicPassword}`;

const ADD = 'mutation ($input: AddConnectionInput!) { addConnection(input: $input) { id apiKeyPreview } }';
const UPDATE =
  'mutation ($id: ID!, $input: UpdateConnectionInput!) { updateConnection(id: $id, input: $input) { id } }';
const VERIFY = `mutation ($input: VerifyConnectionInput!) { verifyConnection(input: $input) {
  ok problem { message hint } warnings { message } stages { detail problem { message hint } } suggestion { url reason } } }`;
const SIGN_IN = 'mutation ($email: String!, $password: String!) { signIn(email: $email, password: $password) { id } }';
const EVERYTHING = `{
  connections { id name url apiKeyPreview auth headers { name value secret } warnings { message hint } status keyState
    health { status problem { message hint } serverVersion history { status problem { message hint } } }
    models { name upstreamId } }
  connectionStatuses { connectionName problem { message hint } }
  models { name ownedBy } servedModels { name }
  users { name email } apiTokens { name preview } sessions { id ip userAgent }
  auditLog(first: 500) { actor action target changes { field before after } hash } }`;

describeOnEachDatabase('secrets of a whole life of an installation', (kind) => {
  let app: TestApp;
  let admin: TestClient;
  let endpoint: Simulator;
  let basic: Simulator;
  /** Every log, GraphQL answer and frame, of each run of the server; and every plain HTTP answer with its headers. */
  const logs: (() => string)[] = [];
  const answers: string[][] = [];
  const httpAnswers: string[] = [];
  /** Which secrets were made on the way, by what they are. */
  const made = new Map<string, string>();

  const note = (started: TestApp): TestApp => {
    logs.push(started.log);
    answers.push(started.answers);
    return started;
  };

  beforeAll(async () => {
    endpoint = await startSimulator({ profile: 'vllm', key: SECRETS.key });
    basic = await startSimulator({ profile: 'vllm', key: BASIC, overrides: { auth: { accepts: ['basic'] } } });
    app = note(
      await startTestApp({
        kind,
        env: {
          INTRALLM_ADMIN_EMAIL: '',
          INTRALLM_ADMIN_PASSWORD: '',
          OPENAI_API_BASE_URLS: basic.url,
          OPENAI_API_KEYS: SECRETS.managedKey,
          LOG_LEVEL: 'trace',
        },
      }),
    );
  }, 120_000);
  afterAll(async () => {
    await app.close();
    await endpoint.close();
    await basic.close();
  });

  async function get(client: TestClient, route: string, init: RequestInit = {}): Promise<number> {
    const answer = await client.fetch(route, init);
    httpAnswers.push(JSON.stringify([...answer.headers]), await answer.text());
    return answer.status;
  }

  /** Takes the one answer that the contract lets a secret be in out of those that are searched. */
  async function withSecret<T>(client: TestClient, query: string, variables: object): Promise<T> {
    const before = app.answers.length;
    const data = await client.data<T>(query, variables);
    app.answers.splice(before, 1);
    return data;
  }

  const row = async (name: string) => {
    type Row = { id: string; name: string; status: string; health: { problem: { code: string } | null } };
    const query = '{ connections { id name status health { problem { code message hint } } } }';
    const { connections } = await admin.data<{ connections: Row[] }>(query);
    return connections.find((connection) => connection.name === name);
  };

  it('are typed at set-up, sign-in and by guessers', async () => {
    const token = setUpToken([app.log()]);
    made.set('set-up token', token);
    admin = app.client();
    await admin.data(
      `mutation ($token: String!, $password: String!) {
         setUp(token: $token, name: "Ada", email: "ada@example.org", password: $password) { id } }`,
      { token, password: SECRETS.firstPassword },
    );
    made.set('cookie of the set-up', admin.cookie?.split('=')[1] ?? '');
    await admin.data('mutation ($current: String!, $new: String!) { changePassword(current: $current, new: $new) }', {
      current: SECRETS.firstPassword,
      new: SECRETS.nextPassword,
    });
    const guesses = { email: 'ada@example.org', password: SECRETS.wrongPassword };
    expect((await app.client().error(SIGN_IN, guesses)).extensions.code).toBe('INVALID_CREDENTIALS');
    admin = await app.client().signIn({ ...guesses, password: SECRETS.nextPassword });
    made.set('cookie of the sign-in', admin.cookie?.split('=')[1] ?? '');
    await admin.data('mutation ($password: String!) { reauthenticate(password: $password) { validUntil } }', {
      password: SECRETS.nextPassword,
    });
    made.set('cookie of the reauthentication', admin.cookie?.split('=')[1] ?? '');
    const ben = { email: 'ben@example.org', password: SECRETS.memberPassword };
    await admin.data(
      `mutation ($email: String!, $password: String!) {
         createUser(name: "Ben", email: $email, password: $password, role: MEMBER) { id } }`,
      ben,
    );
    await app.client().signIn(ben);
    expect(await get(app.client(SECRETS.wrongToken), '/v1/models')).toBe(401);
    const guesser = app.client();
    guesser.cookie = `intrallm_session=${SECRETS.wrongCookie}`;
    expect((await guesser.graphql('{ me { id } }')).status).toBe(401);
    const { createApiToken } = await withSecret<{ createApiToken: { token: string } }>(
      admin,
      'mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) { token } }',
      { input: { name: 'tool', scopes: ['CHAT', 'MODELS_READ', 'STATUS_READ', 'CONNECTIONS_READ'] } },
    );
    made.set('API token', createApiToken.token);
    expect([...made.values()].every((value) => value.length > 20)).toBe(true);
  });

  it('belong to connections, good and bad ones', async () => {
    const input = { kind: 'OPENAI', url: endpoint.url, name: 'One', apiKey: SECRETS.key };
    const headers = [{ name: 'X-Extra', value: SECRETS.header, secret: true }];
    await admin.data(ADD, { input: { ...input, headers } });
    await admin.data(ADD, {
      input: { kind: 'OPENAI', url: basic.url.replace('http://', `http://${BASIC}@`), name: 'Basic' },
    });
    await admin.data(ADD, {
      input: {
        kind: 'OPENAI',
        url: 'http://127.0.0.1:9/v1',
        name: 'Refused',
        auth: 'X_API_KEY',
        apiKey: SECRETS.otherKey,
      },
    });
    for (const name of ['One', 'Basic'])
      await eventually(
        () => row(name),
        (found) => found?.status === 'ONLINE',
      );
    await eventually(
      () => row('Refused'),
      (found) => found?.status === 'OFFLINE',
    );
    for (const wrong of [
      { ...input, name: 'One', apiKey: SECRETS.trialKey },
      { ...input, url: `http://user:${SECRETS.trialKey}@`, apiKey: SECRETS.trialKey },
      { ...input, headers: [{ name: 'Host', value: SECRETS.trialKey }] },
      { ...input, weight: -1, apiKey: SECRETS.trialKey },
      { ...input, name: 'Typo', apiKeyy: SECRETS.misplacedKey },
      { name: 'No kind', apiKey: SECRETS.misplacedKey },
      { ...input, name: 'A list', apiKey: [SECRETS.misplacedKey, '; at "x"; '] },
      { ...input, kind: SECRETS.misplacedKey },
      SECRETS.misplacedKey,
    ]) {
      const error = await admin.error(ADD, { input: wrong });
      expect(['BAD_USER_INPUT', 'CONFLICT']).toContain(error.extensions.code);
    }
    const misplaced = await admin.error(ADD, { input: { ...input, headers: [{ value: SECRETS.misplacedKey }] } });
    expect(misplaced).toMatchObject({
      message: 'input.headers.0 is not usable: Field "name" of required type "String!" was not provided.',
      extensions: { code: 'BAD_USER_INPUT', field: 'input.headers.0' },
    });
    for (const url of [endpoint.url, basic.url, 'http://127.0.0.1:9/v1']) {
      await admin.data(VERIFY, { input: { kind: 'OPENAI', url, apiKey: SECRETS.trialKey, headers } });
    }
  });

  it('are quoted by endpoints that refuse them, stumble over them or lead elsewhere', async () => {
    const tool = app.client(made.get('API token') ?? '');
    const socket = tool.socket();
    const events = socket.iterate({
      query:
        'subscription { connectionStatus { kind status problem { message hint } connection { name apiKeyPreview } } }',
    });
    await events.next();
    // Frames are kept as they come: nobody has to read on.
    const words = `Incorrect API key provided: ${SECRETS.key}. Your ${SECRETS.header} is wrong, as is Bearer ${SECRETS.key}`;
    const wrong = { error: { message: words, type: 'invalid_request_error', code: 'invalid_api_key' } };
    const chat = { method: 'POST', body: '{"model":"simulated","messages":[]}', headers: { 'x-title': 'chat' } };
    const list = (await (await tool.fetch('/v1/models')).json()) as { data: { id: string }[] };
    const body = JSON.stringify({ model: list.data[0]?.id, messages: [] });
    for (const status of [401, 403, 500, 400, 302]) {
      endpoint.control.answer(status, wrong, { Location: `http://elsewhere.example/?key=${SECRETS.key}` });
      await admin.data('mutation { refreshConnections { id } }');
      await eventually(
        () => row('One'),
        (found) => found?.health.problem?.code !== undefined,
      );
      await admin.data(VERIFY, { input: { id: (await row('One'))?.id, kind: 'OPENAI', url: endpoint.url } });
      await admin.data(EVERYTHING);
      await get(tool, '/v1/chat/completions', { ...chat, body });
      await endpoint.control.reset();
      await eventually(
        () => row('One'),
        (found) => found?.status === 'ONLINE',
      );
    }
    expect(await get(tool, '/v1/chat/completions', { ...chat, body })).toBe(200);
    await socket.dispose();
  });

  it('are replaced, revealed and removed', async () => {
    const reveal = 'mutation ($id: ID!) { revealKey(id: $id) { apiKey } }';
    const revealed: Record<string, string> = {};
    for (const name of ['One', 'Basic', 'Refused']) {
      const { revealKey } = await withSecret<{ revealKey: { apiKey: string } }>(admin, reveal, {
        id: (await row(name))?.id,
      });
      revealed[name] = revealKey.apiKey;
    }
    expect(revealed).toEqual({ One: SECRETS.key, Basic: BASIC, Refused: SECRETS.otherKey });
    const tool = app.client(made.get('API token') ?? '');
    expect((await tool.error(reveal, { id: (await row('One'))?.id })).extensions.code).toBe('FORBIDDEN');
    await admin.data(UPDATE, { id: (await row('One'))?.id, input: { apiKey: SECRETS.nextKey } });
    await eventually(
      () => row('One'),
      (found) => found?.status === 'UNAUTHORIZED',
    );
    await admin.data(UPDATE, { id: (await row('Refused'))?.id, input: { removeApiKey: true } });
    await admin.data('mutation ($id: ID!) { removeConnection(id: $id) }', { id: (await row('Basic'))?.id });
    await admin.data(EVERYTHING);
    for (const route of ['/v1/models', '/metrics', '/readyz', '/graphql?query={me{id}}', '/nowhere']) {
      await get(admin, route);
    }
    await admin.data('mutation { signOut }');
    app = note(await app.restart());
    admin = await app.client().signIn({ email: 'ada@example.org', password: SECRETS.nextPassword });
    await admin.data(EVERYTHING);
  });

  it('are nowhere in the database, the log, an answer or a frame', async () => {
    made.set('master key', readFileSync(path.join(app.dataDirectory, 'master.key'), 'utf8').trim());
    made.set('Basic, encoded', Buffer.from(BASIC).toString('base64'));
    const places = {
      database: await storedText(app.databaseUrl),
      log: logs.map((log) => log()).join('\n'),
      answers: answers.flat().join('\n'),
      'HTTP answers': httpAnswers.join('\n'),
    };
    // The places are what they are taken for.
    expect(places.database).toContain('connection.keyRevealed');
    expect(places.log).toContain('"level":"debug"');
    expect(places.answers).toContain('"type":"next"');
    expect(places['HTTP answers']).toContain('chat.completion');
    const secrets = new Map([...Object.entries(SECRETS), ...made]);
    const found = Object.entries(places).flatMap(([place, text]) => {
      // The one place of the set-up link is the log.
      const unexpected = new Map([...secrets].filter(([name]) => !(name === 'set-up token' && place === 'log')));
      return foundIn(text, unexpected).map((one) => `${one} in ${place}`);
    });
    expect(found).toEqual([]);
  });
});
