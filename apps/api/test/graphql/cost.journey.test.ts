import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getIntrospectionQuery } from 'graphql';
import { Connection } from '../../src/connections/connection.entity.js';
import { eventually, startTestApp, type GraphqlAnswer, type TestApp, type TestClient } from '../support/app.js';
import { HOSTILE_DOCUMENTS, times } from '../support/hostile-documents.js';
import { sqlite } from '../support/postgres/postgres.js';
import { discovered } from '../support/workspace.js';

const MODELS = 5_000;
const MAX_ANSWER = 8 * 1024 * 1024;
const ALL =
  'id name upstreamId ownedBy capabilities contextLength family parameterSize quantization sizeBytes loaded available firstSeenAt lastSeenAt vanishedAt';

describe('a GraphQL document', () => {
  let app: TestApp;
  let admin: TestClient;
  let member: TestClient;

  beforeAll(async () => {
    app = await startTestApp({ kind: sqlite });
    admin = await app.admin();
    const added = await admin.data<{ addConnection: { id: string } }>(
      'mutation { addConnection(input: { kind: OPENAI, url: "http://127.0.0.1:9/v1", name: "many" }) { id } }',
    );
    const { database, catalogue } = app.app.services;
    const connection = await database.read.findOne(Connection, { where: { id: added.addConnection.id } });
    const found = Array.from({ length: MODELS }, (_, index) => discovered(`vendor/model-${String(index)}:latest`));
    await database.write((write) => catalogue.applyDiscovery(write, connection!, found));
    await eventually(
      () => app.app.services.catalogueSize.read(),
      ({ models }) => models >= MODELS,
    );
    const account = { name: 'Ben', email: 'ben@example.org', password: 'a member’s password' };
    await admin.data(
      'mutation ($name: String!, $email: String!, $password: String!) { createUser(name: $name, email: $email, password: $password, role: MEMBER) { id } }',
      account,
    );
    member = await app.client().signIn(account);
  }, 60_000);
  afterAll(() => app.close());

  async function ask(client: TestClient, query: string) {
    const response = await client.fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    const text = await response.text();
    const { data, errors } = JSON.parse(text) as Pick<GraphqlAnswer<Record<string, unknown>>, 'data' | 'errors'>;
    return { status: response.status, data, errors, text, code: errors?.[0]?.extensions.code };
  }

  it.each<[string, string]>([
    [
      'with 15 queries of 50 aliases',
      `{ ${times(15, (i) => `q${String(i)}: models { ${times(50, (j) => `a${String(j)}: name`)} }`)} }`,
    ],
    ['with 20 queries of all fields', `{ ${times(20, (i) => `q${String(i)}: models { ${ALL} }`)} }`],
    ['with names and their models', `{ ${times(9, (i) => `q${String(i)}: servedModels { name models { ${ALL} } }`)} }`],
    [
      'with models through connections',
      `{ ${times(9, (i) => `q${String(i)}: connections { name models { ${ALL} } }`)} }`,
    ],
    [
      'of fragments',
      `{ ${times(9, (i) => `q${String(i)}: models { ...f }`)} } fragment f on Model { ${times(49, (j) => `a${String(j)}: id`)} }`,
    ],
  ])('%s is too expensive, and refused before anything is read', async (_what, query) => {
    const { code, status, data } = await ask(query.includes('connections') ? admin : member, query);
    expect({ code, status, hasData: Boolean(data) }).toEqual({
      code: 'QUERY_TOO_EXPENSIVE',
      status: 400,
      hasData: false,
    });
  });

  it.each<[string, string, number]>([
    ['of all models with all fields', `{ models { ${ALL} } }`, 1],
    ['of three times all models', `{ ${times(3, (i) => `q${String(i)}: models { ${ALL} }`)} }`, 3],
    ['of all names with their models', '{ servedModels { name available models { id name shadowed } } }', 1],
    [
      'of 20 searches that find nothing',
      `{ ${times(20, (i) => `q${String(i)}: models(filter: { search: "zz${String(i)}" }) { id }`)} }`,
      20,
    ],
  ])('that asks for as much as is allowed is answered whole: %s', async (_what, query, lists) => {
    const { errors, data, text } = await ask(member, query);
    expect(errors).toBeUndefined();
    expect(Object.values(data)).toHaveLength(lists);
    expect(text.length).toBeLessThan(MAX_ANSWER);
  });

  it('gives the names page by page, and refuses to give more than 5,000 at once', async () => {
    const page = 'query ($after: String) { servedModels(first: 2000, after: $after) { name } }';
    const seen: string[] = [];
    for (let last: string | null = null; ; last = seen.at(-1) ?? null) {
      const { servedModels } = await member.data<{ servedModels: { name: string }[] }>(page, { after: last });
      if (servedModels.length === 0) break;
      seen.push(...servedModels.map(({ name }) => name));
    }
    const { servedModels } = await member.data<{ servedModels: { name: string }[] }>('{ servedModels { name } }');
    expect(seen).toEqual(servedModels.map(({ name }) => name));
    expect(seen).toHaveLength(MODELS);
    const { database, catalogue } = app.app.services;
    const [connection] = await database.read.find(Connection);
    await admin.data(
      'mutation ($id: ID!) { updateConnection(id: $id, input: { declaredModels: ["one-more"] }) { id } }',
      { id: connection!.id },
    );
    expect(catalogue).toBeDefined();
    expect((await member.error('{ servedModels { name } }')).extensions).toMatchObject({
      code: 'QUERY_TOO_EXPENSIVE',
      field: 'first',
    });
    expect((await member.error('{ servedModels(first: 5001) { name } }')).extensions.field).toBe('first');
  });

  it.each(HOSTILE_DOCUMENTS)('of a stranger with %s is refused', async (_what, query) => {
    const { errors, status, text, data } = await ask(app.client(), query);
    expect(errors).toBeDefined();
    expect([Boolean(data), status < 500]).toEqual([false, true]);
    expect(errors?.map(({ extensions }) => extensions.code)).not.toContain('INTERNAL');
    expect(text.length).toBeLessThan(20_000);
  });

  it('of a stranger may be the introspection of usual tools, which is answered from a text made once', async () => {
    const query = getIntrospectionQuery();
    const first = await app.client().graphql(query);
    const again = await ask(app.client(), query.replaceAll('\n', ' \n '));
    expect(again.text).toBe(first.text);
    expect(first.text).toContain('"ServedModel"');
    expect((await app.client().graphql('{ __schema { queryType { name } } }')).data).toEqual({
      __schema: { queryType: { name: 'Query' } },
    });
  });

  it('that is too expensive says so by its code, and never that it is not valid', async () => {
    const { code, status } = await ask(member, `{ ${times(21, (i) => `q${String(i)}: modelCount`)} }`);
    expect([code, status]).toEqual(['QUERY_TOO_EXPENSIVE', 400]);
    const socket = member.socket();
    const events = socket.iterate({ query: `subscription { connectionStatus { ${'at '.repeat(60)} } }` });
    await expect(events.next()).rejects.toMatchObject([{ extensions: { code: 'QUERY_TOO_EXPENSIVE' } }]);
    await socket.dispose();
  });
});
