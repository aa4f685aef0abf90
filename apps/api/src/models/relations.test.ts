import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { graphql, type GraphQLSchema } from 'graphql';
import { admin, discovered, member, openWorkspace, type Workspace } from '../../test/support/workspace.js';
import type { Actor } from '../auth/actor.js';
import { ConnectionFieldsResolver } from '../connections/connection-fields.resolver.js';
import { ConnectionResolver } from '../connections/connection.resolver.js';
import { Sqlite } from '../database/sqlite-driver.js';
import { createRequestContext } from '../graphql/context.js';
import { Pacer } from '../graphql/pacing/pacer.js';
import { createSchema } from '../graphql/schema.js';
import { ConnectionModelsResolver } from './connection-models.resolver.js';
import { ModelFieldsResolver } from './model-fields.resolver.js';
import { ModelResolver } from './model.resolver.js';

interface Statement {
  readonly source: string;
  all: (...values: unknown[]) => unknown[];
}

const statement = Object.getPrototypeOf(new Sqlite(':memory:').prepare('SELECT 1')) as Statement;
let workspace: Workspace;
let schema: GraphQLSchema;

beforeAll(async () => {
  workspace = await openWorkspace();
  // All in one turn: with each turn goes a statement of each sort.
  schema = createSchema(
    [
      new ConnectionResolver(workspace),
      new ConnectionFieldsResolver(workspace.connectionLoaders),
      new ConnectionModelsResolver(workspace.modelLoaders),
      new ModelResolver(workspace.models),
      new ModelFieldsResolver({ models: workspace.modelLoaders, connections: workspace.connectionLoaders }),
    ],
    new Pacer(Infinity),
  );
});
afterAll(() => workspace.close());

async function link(from: number, to: number): Promise<void> {
  for (let index = from; index < to; index += 1) {
    const connection = await workspace.link({
      url: `http://host-${index % 7}:8000/v1`,
      apiKey: `sk-test-${index}-1234567890`,
      headers: [{ name: 'X-Token', value: 'token-value' }],
      pool: index % 2 === 0 ? '' : 'blue',
    });
    await workspace.discover(connection, [discovered(`m${index % 5}`), discovered(`n${index}`)]);
  }
}

async function execute(source: string, actor: Actor = admin()) {
  const origin = { ip: null, requestId: null, userAgent: null };
  const statements: string[] = [];
  // Where every read ends up; prepared statements are kept, so preparing says nothing.
  const { all } = statement;
  statement.all = function (this: Statement, ...values) {
    statements.push(this.source);
    return all.apply(this, values);
  };
  try {
    const contextValue = createRequestContext({ actor, origin, sessionCookie: null });
    const result = await graphql({ schema, source, contextValue });
    return { result: JSON.parse(JSON.stringify(result)), statements };
  } finally {
    statement.all = all;
  }
}

const EVERYTHING = `{
  connections {
    id kind name url enabled hasApiKey keyState apiKeyPreview auth headers { name value secret } modelPrefix modelAllowlist
    declaredModels modelAliases { upstreamId name } countStreamTokens pool tags priority weight maxInFlight
    firstByteTimeoutMs idleTimeoutMs allowKeepAlive maxContextLength managedBy version createdAt updatedAt status modelCount
    health { status since checkedAt nextCheckAt latencyMs problem { code } serverVersion stages { stage state } }
    warnings { code message hint httpStatus }
    models { id name shadowed available connection { id name status health { since } } }
    few: models(first: 1) { id name }
  }
}`;

it('everything of many connections takes as many statements as of few', async () => {
  await link(0, 3);
  const few = await execute(EVERYTHING);
  expect(few.result.errors).toBeUndefined();
  await link(3, 100);
  const many = await execute(EVERYTHING);
  expect(many.result.errors).toBeUndefined();
  expect(many.result.data.connections).toHaveLength(100);
  expect(many.statements).toHaveLength(few.statements.length);
  expect(many.statements.length).toBeLessThanOrEqual(10);
  const [connection] = many.result.data.connections;
  expect(connection).toMatchObject({
    keyState: 'STORED',
    modelCount: 2,
    status: 'UNKNOWN',
    headers: [{ name: 'X-Token', value: null }],
  });
  expect(connection.models).toHaveLength(2);
  expect(connection.few).toEqual([{ id: connection.models[0].id, name: connection.models[0].name }]);
  // The first to have the URL is no duplicate: those linked later are.
  expect(connection.warnings).toEqual([]);
  expect(many.result.data.connections.at(-1).warnings[0].message).toContain('linked already');
  expect(JSON.stringify(many.result)).not.toMatch(/sk-test|token-value/);
}, 300_000);

it('models with their connections, and served names, take a fixed number of statements', async () => {
  const { result, statements } = await execute(
    '{ models { id shadowed connection { name } } servedModels { name models { connection { id } shadowed } } modelCount }',
  );
  expect(result.errors).toBeUndefined();
  expect(result.data.models).toHaveLength(result.data.modelCount);
  expect(statements.length).toBeLessThanOrEqual(6);
});

it('those who may not see connections get models without them', async () => {
  const { result } = await execute('{ models(first: 1) { name available connection { id } } }', member());
  expect(result.data.models).toMatchObject([{ connection: null }]);
  const refused = await execute('{ connections { id } }', member());
  expect(refused.result.errors[0].message).toContain('CONNECTIONS_READ');
});
