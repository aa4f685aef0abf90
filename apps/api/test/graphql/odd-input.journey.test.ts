import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually, startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { describeOnEachDatabase } from '../support/postgres/postgres.js';

const NUL = 'a\u0000b';
const HALF = 'a\ud800b';
const LONG = 'x'.repeat(60_000);
const MANY = Array.from({ length: 40_000 }, () => 'x');

/** Operations that take text from a caller to the database, with `$text` wherever they do. */
const TEXTS = [
  'query ($text: String!) { models(filter: { search: $text }) { id } }',
  'query ($text: String!) { servedModels(search: $text, names: [$text]) { name } }',
  'query ($text: String!) { connections(filter: { pool: $text, tag: $text, search: $text }) { id } }',
  'query ($text: String!) { connectionStatuses(tag: $text) { connectionId } }',
  'query ($text: String!) { auditLog(filter: { action: $text }) { id } }',
  'query ($text: ID!) { connection(id: $text) { id } }',
  'query ($text: ID!) { connectionStatuses(ids: [$text]) { connectionId } }',
  'query ($text: ID!) { model(id: $text) { id } }',
  'query ($text: ID!) { models(after: $text) { id } }',
  'query ($text: ID!) { models(filter: { connectionIds: [$text] }) { id } }',
  'query ($text: ID!) { auditLog(after: $text, filter: { actorId: $text, targetId: $text }) { id } }',
  'query ($text: ID!) { apiTokens(ownerId: $text) { id } }',
  'mutation ($text: ID!) { toggleConnection(id: $text) { id } }',
  'mutation ($text: ID!) { updateConnection(id: $text, input: { name: "x" }) { id } }',
  'mutation ($text: ID!) { removeConnection(id: $text) }',
  'mutation ($text: ID!) { restoreConnection(id: $text) { id } }',
  'mutation ($text: ID!) { revealKey(id: $text) { apiKey } }',
  'mutation ($text: ID!) { refreshConnections(ids: [$text]) { id } }',
  'mutation ($text: ID!) { cancelRefresh(id: $text) { id } }',
  'mutation ($text: ID!) { setModelCapabilities(id: $text) { id } }',
  'mutation ($text: ID!) { verifyConnection(input: { id: $text, kind: OPENAI, url: "http://127.0.0.1:1" }) { ok } }',
  'mutation ($text: ID!) { revokeSession(id: $text) }',
  'mutation ($text: ID!) { revokeApiToken(id: $text) }',
  'mutation ($text: ID!) { updateUser(id: $text, name: "x") { id } }',
  'mutation ($text: ID!) { removeUser(id: $text) }',
  'mutation ($text: ID!) { createApiToken(input: { name: "x", scopes: [CHAT], ownerId: $text }) { token } }',
  'mutation ($text: String!) { createApiToken(input: { name: $text, scopes: [CHAT], modelAllowlist: [$text] }) { token } }',
  'mutation ($text: String!) { createUser(name: $text, email: $text, password: "long enough 123", role: MEMBER) { id } }',
  'mutation ($text: String!) { addConnection(input: { kind: OPENAI, url: "http://127.0.0.1:1", name: $text, pool: $text, tags: [$text], modelPrefix: $text, declaredModels: [$text] }) { id } }',
  'mutation ($text: String!) { signIn(email: $text, password: $text) { id } }',
];

describeOnEachDatabase('input that no honest client sends', (kind) => {
  let app: TestApp;
  let admin: TestClient;

  beforeAll(async () => {
    app = await startTestApp({ kind });
    admin = await app.admin();
  }, 120_000);
  afterAll(() => app.close());

  it.each([
    ['query ($text: String!) { models(filter: { search: $text }) { id } }', 'filter.search'],
    ['query ($text: String!) { modelCount(filter: { search: $text }) }', 'filter.search'],
    ['query ($text: String!) { servedModels(search: $text) { name } }', 'search'],
    ['query ($text: String!) { connections(filter: { search: $text }) { id } }', 'filter.search'],
  ])('is searched for up to 500 characters: %s', async (operation, field) => {
    expect((await admin.graphql(operation, { text: 'x'.repeat(500) })).errors).toBeUndefined();
    const { extensions } = await admin.error(operation, { text: 'x'.repeat(501) });
    expect(extensions).toMatchObject({ code: 'BAD_USER_INPUT', field });
  });

  it.each(['{ models(filter: { search: "a\\uD800b" }) { id } }', '{ servedModels(names: ["\\uDC00"]) { name } }'])(
    'is refused as half a character in a literal: %s',
    async (operation) => {
      const { errors } = await admin.graphql(operation);
      expect(['BAD_USER_INPUT', 'GRAPHQL_PARSE_FAILED']).toContain(errors?.[0]?.extensions.code);
    },
  );

  it.each(TEXTS)('is answered or refused, never a fault of ours: %s', async (operation) => {
    for (const text of [NUL, HALF, LONG]) {
      const { errors } = await admin.graphql(operation, { text });
      expect(errors?.map(({ extensions }) => extensions.code) ?? []).not.toContain('INTERNAL');
    }
  });

  it('such as tens of thousands of ids is refused with the field named', async () => {
    for (const list of ['models', 'modelCount']) {
      const selection = list === 'models' ? '{ id }' : '';
      const operation = `query ($ids: [ID!]) { ${list}(filter: { connectionIds: $ids }) ${selection} }`;
      expect((await admin.error(operation, { ids: MANY })).extensions).toMatchObject({
        code: 'BAD_USER_INPUT',
        field: 'filter.connectionIds',
      });
    }
    const statuses = MANY.map(() => 'ONLINE');
    const operation = 'query ($statuses: [ConnectionStatus!]) { connections(filter: { status: $statuses }) { id } }';
    await admin.data(operation, { statuses });
  });

  it('such as opening /graphql by hand says in our own shape what the address is, with the id of the request', async () => {
    const response = await fetch(`${app.url}/graphql`, { headers: { accept: 'text/html' } });
    expect([response.status, response.headers.get('content-type')]).toEqual([400, 'application/json; charset=utf-8']);
    const { errors } = (await response.json()) as { errors: { message: string; extensions: object }[] };
    expect(errors).toEqual([
      {
        message: expect.stringMatching(/^This is the GraphQL API.*API token/),
        extensions: { code: 'BAD_USER_INPUT', requestId: response.headers.get('x-request-id') },
      },
    ]);
  });

  it('from an endpoint costs it the models concerned, not its status', async () => {
    const models = ['good', NUL, HALF].map((id) => ({ id, object: 'model', owned_by: NUL, context_length: 2 ** 40 }));
    const endpoint = createServer((_request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ object: 'list', data: models }));
    });
    await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}`;
    const { addConnection } = await admin.data<{ addConnection: { id: string } }>(
      'mutation ($url: String!) { addConnection(input: { kind: OPENAI, url: $url }) { id } }',
      { url },
    );
    const row = async () =>
      (
        await admin.data<{ connection: { status: string; models: unknown[] } }>(
          'query ($id: ID!) { connection(id: $id) { status health { problem { code } } models { upstreamId ownedBy contextLength } } }',
          addConnection,
        )
      ).connection;
    expect(await eventually(row, ({ status }) => status !== 'UNKNOWN')).toMatchObject({
      status: 'DEGRADED',
      health: { problem: { code: 'PARTIAL_MODEL_LIST' } },
      models: [{ upstreamId: 'good', ownedBy: null, contextLength: null }],
    });
    await new Promise((resolve) => endpoint.close(resolve));
  });
});
