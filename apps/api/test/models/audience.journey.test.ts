import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import {
  buildSchema,
  getNamedType,
  getNullableType,
  isLeafType,
  isListType,
  isObjectType,
  isRequiredArgument,
  type GraphQLField,
  type GraphQLNamedType,
} from 'graphql';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { describeOnEachDatabase } from '../support/postgres/postgres.js';

const schema = buildSchema(
  readFileSync(path.join(import.meta.dirname, '../../../../packages/schema/schema.graphql'), 'utf8'),
);
const SCOPES = ['CONNECTIONS_READ', 'MODELS_READ', 'CHAT', 'STATUS_READ', 'USAGE_READ'];
const TOKEN = 'mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) { token apiToken { id } } }';

/** Queries that say nothing of models whoever asks; what says something new of them belongs into the walk. */
const WITHOUT_MODELS = new Set(['instance', 'me', 'sessions', 'users', 'apiTokens', 'verifyAuditLog']);
/**
 * The log of what administrators did is told whole to those with AUDIT_READ: docs/decisions/0011-who-sees-a-model.md.
 */
const WHOLE = new Set(['auditLog']);

/** Every field below, as far as it leads to no list of what is in a list already. */
function selectionOf(type: GraphQLNamedType, lists: readonly string[] = [], depth = 0): string {
  if (isLeafType(type) || !isObjectType(type)) return '';
  const fields = Object.values(type.getFields()).flatMap((field: GraphQLField<unknown, unknown>) => {
    const held = getNamedType(field.type);
    const isList = isListType(getNullableType(field.type));
    if (field.args.some(isRequiredArgument)) throw new Error(`${type.name}.${field.name} cannot be asked for`);
    if (isLeafType(held)) return [field.name];
    if (depth > 2 || (isList && lists.includes(held.name))) return [];
    return [`${field.name} ${selectionOf(held, isList ? [...lists, held.name] : lists, depth + 1)}`];
  });
  return `{ ${fields.join(' ')} }`;
}

describeOnEachDatabase('a token that is bound to some models', (kind) => {
  let app: TestApp;
  let admin: TestClient;
  let bound: TestClient;
  let connectionId: string;
  let hiddenId: string;
  let argumentsOf: Record<string, string>;

  beforeAll(async () => {
    app = await startTestApp({ kind });
    admin = await app.admin();
    const input = {
      kind: 'OPENAI',
      url: 'http://127.0.0.1:9/v1',
      name: 'rig',
      enabled: true,
      declaredModels: ['seen', 'seen-too', 'hidden', 'Seen-hidden', 'upstream-hidden'],
      modelAllowlist: ['seen*', 'Seen*', 'hidden*', 'upstream-hidden'],
      modelAliases: [{ upstreamId: 'upstream-hidden', name: 'alias-hidden' }],
    };
    const added = await admin.data<{ addConnection: { id: string; models: { id: string; name: string }[] } }>(
      'mutation ($input: AddConnectionInput!) { addConnection(input: $input) { id models { id name } } }',
      { input },
    );
    connectionId = added.addConnection.id;
    hiddenId = added.addConnection.models.find(({ name }) => name === 'hidden')?.id ?? '';
    const seenId = added.addConnection.models.find(({ name }) => name === 'seen')?.id ?? '';
    const about = { connectionId, userId: 'somebody', tokenId: null, outcome: 'complete' as const };
    const tokens = { input: 1, output: null };
    for (const model of ['seen', 'hidden', 'alias-hidden']) {
      app.app.services.usageRecorder.record({ at: Date.now(), model, ...about, tokens, firstByteMs: 1, totalMs: 1 });
    }
    await app.app.services.usageRecorder.flush();
    bound = await tokenOf({ scopes: SCOPES, modelAllowlist: ['seen*', 'other'] });
    const [from, to] = [Date.now() - 86_400_000, Date.now() + 86_400_000].map((at) => new Date(at).toISOString());
    argumentsOf = {
      connection: `(id: "${connectionId}")`,
      model: `(id: "${seenId}")`,
      models: '(filter: { includeVanished: true, includeDisabled: true })',
      usage: `(from: "${from ?? ''}", to: "${to ?? ''}", bucket: DAY, groupBy: MODEL)`,
    };
  });
  afterAll(() => app.close());

  async function tokenOf(input: object, client = admin): Promise<TestClient> {
    const { createApiToken } = await client.data<{ createApiToken: { token: string } }>(TOKEN, {
      input: { name: 't', ...input },
    });
    return app.client(createApiToken.token);
  }

  it('reads of no other one, whatever query it asks, and a person of all', async () => {
    const asked: string[] = [];
    for (const field of Object.values(schema.getQueryType()?.getFields() ?? {})) {
      if (WITHOUT_MODELS.has(field.name) || WHOLE.has(field.name)) continue;
      const given = argumentsOf[field.name] ?? '';
      if (given === '' && field.args.some(isRequiredArgument)) throw new Error(`say what to ask ${field.name} for`);
      const held = getNamedType(field.type);
      const lists = isListType(getNullableType(field.type)) ? [held.name] : [];
      const document = `{ ${field.name}${given} ${selectionOf(held, lists)} }`;
      const { text, errors } = await bound.graphql(document);
      expect([field.name, errors]).toEqual([field.name, undefined]);
      expect([field.name, /hidden/i.test(text)]).toEqual([field.name, false]);
      // Kept answers of others, too.
      expect((await admin.graphql(document)).errors).toBeUndefined();
      expect(/hidden/i.test((await bound.graphql(document)).text)).toBe(false);
      asked.push(field.name);
    }
    expect(asked).toEqual(
      expect.arrayContaining(['connections', 'connectionStatuses', 'models', 'servedModels', 'usage']),
    );
    const { text } = await admin.graphql('{ models { name } servedModels { name } }');
    expect(text).toMatch(/alias-hidden/);
  });

  it('counts its own models alone, on every way to a count', async () => {
    const COUNTS = `{ modelCount connections { modelCount models(first: 10) { name } } connectionStatuses { modelCount } }`;
    const seen = { modelCount: 2, models: [{ name: 'seen' }, { name: 'seen-too' }] };
    const counted = { modelCount: 2, connections: [seen], connectionStatuses: [{ modelCount: 2 }] };
    expect(await bound.data(COUNTS)).toEqual(counted);
    expect(await admin.data(COUNTS)).toMatchObject({ modelCount: 5, connectionStatuses: [{ modelCount: 5 }] });
    expect(await bound.data(COUNTS)).toEqual(counted);
    const client = bound.socket();
    const events = client.iterate({ query: 'subscription { connectionStatus { kind modelCount } }' });
    expect((await events.next()).value).toMatchObject({
      data: { connectionStatus: { kind: 'SNAPSHOT', modelCount: 2 } },
    });
    await events.return?.();
    await client.dispose();
  });

  it('does not find another model by its id, and learns nothing from a page that begins behind one', async () => {
    const unknown = await bound.error('{ models(first: 1, after: "nothing") { id } }');
    expect(await bound.data('query ($id: ID!) { model(id: $id) { id } }', { id: hiddenId })).toEqual({ model: null });
    for (const document of [
      'query ($id: ID!) { models(first: 1, after: $id) { id } }',
      'query ($id: ID!) { connections { models(first: 1, after: $id) { id } } }',
    ]) {
      const { message, extensions } = await bound.error(document, { id: hiddenId });
      expect([message, extensions.code]).toEqual([unknown.message, 'BAD_USER_INPUT']);
    }
    expect(await bound.data('{ servedModels(names: ["hidden", "seen"]) { name } }')).toEqual({
      servedModels: [{ name: 'seen' }],
    });
    expect(await bound.data('{ models(filter: { search: "hidden" }) { name } }')).toEqual({ models: [] });
  });

  it('sees in GraphQL what the gateway lists for it, and a token made by it no more', async () => {
    const child = await tokenOf({ scopes: ['MODELS_READ'], modelAllowlist: ['seen-*'] }, bound);
    const single = await tokenOf({ scopes: ['MODELS_READ'], modelAllowlist: ['seen'] }, bound);
    for (const client of [bound, child, single]) {
      const { servedModels } = await client.data<{ servedModels: { name: string }[] }>('{ servedModels { name } }');
      const { data } = (await (await client.fetch('/v1/models')).json()) as { data: { id: string }[] };
      expect(servedModels.map(({ name }) => name)).toEqual(data.map(({ id }) => id));
    }
    expect(await child.data('{ modelCount }')).toEqual({ modelCount: 1 });
    for (const beyond of ['see*', '*', 'Seen', 'other*', 'hidden']) {
      const input = { name: 't', scopes: ['CHAT'], modelAllowlist: ['seen', beyond] };
      expect((await bound.error(TOKEN, { input })).extensions.code).toBe('FORBIDDEN');
    }
  });
});
