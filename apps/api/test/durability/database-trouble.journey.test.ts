import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Sqlite } from '../../src/database/sqlite-driver.js';
import { ADMIN, startTestApp, type GraphqlAnswer, type TestApp, type TestClient } from '../support/app.js';
import { startCuttableProxy, type CuttableProxy } from '../support/endpoints/cuttable-proxy.js';
import { createDatabase, testDatabases, type DisposableDatabase } from '../support/postgres/postgres.js';
import { expectNothingHalfWritten, query } from '../support/stored.js';

const ADD = 'mutation ($input: AddConnectionInput!) { addConnection(input: $input) { id } }';
const TOGGLE = 'mutation ($id: ID!) { toggleConnection(id: $id) { enabled } }';
const SIGN_IN = 'mutation ($email: String!, $password: String!) { signIn(email: $email, password: $password) { id } }';
const READS = ['{ connections { id name health { status } } }', '{ models { id } }', '{ me { id } }'];
/** Fills pages: the longest lists that a connection may hold. */
const MANY_MODELS = Array.from({ length: 300 }, (_, index) => `model-${String(index)}-${'x'.repeat(150)}`);

const inputOf = (name: string, more: object = {}) => ({
  kind: 'OPENAI',
  url: 'http://127.0.0.1:9/v1',
  name,
  enabled: false,
  apiKey: 'sk-0123456789abcdef',
  ...more,
});

function expectUnavailable({ status, errors }: GraphqlAnswer<unknown>): void {
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['UNAVAILABLE']);
  expect(status).toBe(503);
}

async function expectReadsToAnswer(client: TestClient): Promise<void> {
  for (const document of READS) expect((await client.graphql(document)).errors).toBeUndefined();
  expect((await client.fetch('/v1/models')).status).toBe(200);
  expect((await client.fetch('/readyz')).status).toBe(200);
}

async function createToken(admin: TestClient): Promise<string> {
  const input = { name: 'tool', scopes: ['MODELS_READ', 'CONNECTIONS_READ'] };
  const { createApiToken } = await admin.data<{ createApiToken: { token: string } }>(
    'mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) { token } }',
    { input },
  );
  return createApiToken.token;
}

const isWhole = async (admin: TestClient): Promise<boolean> =>
  (await admin.data<{ verifyAuditLog: { ok: boolean } }>('{ verifyAuditLog { ok } }')).verifyAuditLog.ok;

describe('on SQLite', () => {
  const [kind] = testDatabases;
  let app: TestApp;
  let admin: TestClient;
  let token: string;

  beforeEach(async () => {
    if (kind?.name !== 'sqlite') throw new Error('this is about SQLite');
    app = await startTestApp({ kind });
    admin = await app.admin();
    token = await createToken(admin);
  });
  afterEach(() => app.close());

  const pragma = async (text: string): Promise<number> => {
    const [row] = await app.app.services.database.dataSource.query<Record<string, number>[]>(`PRAGMA ${text}`);
    return Object.values(row ?? {})[0] ?? 0;
  };

  /** Repeats until it is refused, and gives how often it was not. */
  async function untilRefused(
    work: (attempt: number) => Promise<GraphqlAnswer<unknown>>,
    atMost: number,
  ): Promise<number> {
    for (let attempt = 0; attempt < atMost; attempt += 1) {
      const answer = await work(attempt);
      if (answer.errors === undefined) continue;
      expectUnavailable(answer);
      return attempt;
    }
    throw new Error(`it was not refused ${String(atMost)} times`);
  }

  it('a full disk refuses writes with 503, lets reads go on, half-writes nothing, and is over when there is room', async () => {
    await admin.data(ADD, { input: inputOf('before') });
    await pragma(`max_page_count = ${String(await pragma('page_count'))}`);
    const added = await untilRefused(
      (attempt) => admin.graphql(ADD, { input: inputOf(`more ${String(attempt)}`, { declaredModels: MANY_MODELS }) }),
      20,
    );
    // A session is a small row: the last free bytes may still take some.
    await untilRefused(() => app.client().graphql(SIGN_IN, ADMIN), 60);
    await expectReadsToAnswer(admin);
    // Not remembered yet: the database is asked.
    await expectReadsToAnswer(app.client(token));
    await expectNothingHalfWritten(app.databaseUrl);
    const { connections } = await admin.data<{ connections: unknown[] }>('{ connections { id } }');
    expect(connections).toHaveLength(1 + added);
    expect(await isWhole(admin)).toBe(true);

    await pragma('max_page_count = 1000000');
    await admin.data(ADD, { input: inputOf('after', { declaredModels: MANY_MODELS }) });
    await app.client().signIn();
    await expectNothingHalfWritten(app.databaseUrl);
    expect(await isWhole(admin)).toBe(true);
    admin = await (app = await app.restart()).admin();
    expect((await admin.data<{ connections: unknown[] }>('{ connections { id } }')).connections).toHaveLength(
      2 + added,
    );
  });

  it('a second process that holds the file makes writes wait, then 503, never 401, and no read wait', async () => {
    const { addConnection } = await admin.data<{ addConnection: { id: string } }>(ADD, { input: inputOf('before') });
    const other = new Sqlite(app.databaseUrl.slice('sqlite:'.length));
    other.exec('BEGIN IMMEDIATE');
    let settled = 0;
    const count = <T>(answer: T): T => {
      settled += 1;
      return answer;
    };
    const writes = [
      admin.graphql(ADD, { input: inputOf('while locked') }),
      admin.graphql(TOGGLE, addConnection),
      app.client().graphql(SIGN_IN, ADMIN),
      admin.graphql('mutation { revokeSession(id: "none") }'),
    ].map((write) => write.then(count));
    await expectReadsToAnswer(admin);
    await expectReadsToAnswer(app.client(token));
    expect(settled).toBe(0);
    // All of them began to wait together, so all of them end within one patience, not one after the other's.
    const startedAt = Date.now();
    for (const answer of await Promise.all(writes)) expectUnavailable(answer);
    expect(Date.now() - startedAt).toBeLessThan(9_000);
    other.exec('ROLLBACK');
    other.close();
    await admin.data(TOGGLE, addConnection);
    await app.client().signIn();
    await expectNothingHalfWritten(app.databaseUrl);
    expect(await isWhole(admin)).toBe(true);
  });

  it('a second process that lets go in time delays a write and loses none', async () => {
    const other = new Sqlite(app.databaseUrl.slice('sqlite:'.length));
    other.exec('BEGIN IMMEDIATE');
    const writes = Array.from({ length: 5 }, (_, index) =>
      admin.data(ADD, { input: inputOf(`waiting ${String(index)}`) }),
    );
    await expectReadsToAnswer(admin);
    other.exec('COMMIT');
    other.close();
    expect(await Promise.all(writes)).toHaveLength(5);
    await expectNothingHalfWritten(app.databaseUrl);
  });
});

describe('on PostgreSQL', () => {
  let stored: DisposableDatabase;
  let proxy: CuttableProxy;
  let app: TestApp;
  let admin: TestClient;
  let remembered: TestClient;

  beforeAll(async () => {
    stored = await createDatabase();
    const url = new URL(stored.url);
    proxy = await startCuttableProxy(Number(url.port));
    url.port = String(proxy.port);
    app = await startTestApp({
      kind: { name: 'postgres', create: () => Promise.resolve({ url: url.href, drop: () => Promise.resolve() }) },
    });
    admin = await app.admin();
    remembered = app.client(await createToken(admin));
  }, 120_000);
  afterAll(async () => {
    await proxy.mend();
    await app.close();
    await proxy.close();
    await stored.drop();
  });

  async function expectTrouble(unknown: TestClient): Promise<void> {
    const [models, ready, ...answers] = await Promise.all([
      unknown.fetch('/v1/models'),
      app.client().fetch('/readyz'),
      unknown.graphql('{ connections { id } }'),
      app.client().graphql(SIGN_IN, ADMIN),
      admin.graphql(ADD, { input: inputOf('lost') }),
    ]);
    expect([models.status, await models.json()]).toMatchObject([503, { error: { code: 'unavailable' } }]);
    expect(ready.status).toBe(503);
    for (const answer of answers) expectUnavailable(answer);
    expect((await app.client().fetch('/healthz')).status).toBe(200);
  }

  it.each([
    ['cannot be reached', () => proxy.cut()],
    ['accepts connections and says nothing', () => proxy.hold()],
  ])('a database that %s is a 503, never a 401, and is used again when it is back', async (_how, breakIt) => {
    const unknown = app.client(await createToken(admin));
    expect((await remembered.fetch('/v1/models')).status).toBe(200);
    await breakIt();
    // The gateway lists models from memory for a token that it knows.
    expect((await remembered.fetch('/v1/models')).status).toBe(200);
    await expectTrouble(unknown);
    await proxy.mend();
    await expectReadsToAnswer(unknown);
    await admin.data(ADD, { input: inputOf(`after it ${_how}`) });
    await app.client().signIn();
    await expectNothingHalfWritten(stored.url);
    expect(await isWhole(admin)).toBe(true);
    expect(await query(stored.url, "SELECT 1 FROM connection WHERE name = 'lost'")).toEqual([]);
  });
});
