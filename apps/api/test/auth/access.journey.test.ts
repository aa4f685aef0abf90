import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { GraphQLField, GraphQLObjectType, GraphQLSchema } from 'graphql';
import type { Access } from '../../src/auth/actor.js';
import { SCOPES, type Scope } from '../../src/auth/scope.js';
import { accessOf } from '../../src/graphql/guard.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { testDatabases } from '../support/postgres/postgres.js';
import { sampleOperation } from '../support/sample-operation.js';

/**
 * Who may use what. A new root field or route fails this test until it stands here, so that somebody decides; what
 * anybody may use is public and has to stay few.
 */
const OPERATIONS: Readonly<Record<string, Access['needs'] | 'KEYS_REVEAL, fresh'>> = {
  'Query.instance': 'ANYBODY',
  'Query.me': 'ANYBODY',
  'Query.sessions': 'PERSON',
  'Query.connections': 'CONNECTIONS_READ',
  'Query.connection': 'CONNECTIONS_READ',
  'Query.connectionStatuses': 'STATUS_READ',
  'Query.models': 'MODELS_READ',
  'Query.model': 'MODELS_READ',
  'Query.modelCount': 'MODELS_READ',
  'Query.servedModels': 'MODELS_READ',
  'Query.users': 'USERS_WRITE',
  'Query.apiTokens': 'SIGNED_IN',
  'Query.auditLog': 'AUDIT_READ',
  'Query.verifyAuditLog': 'AUDIT_READ',
  'Query.usage': 'SIGNED_IN',
  'Mutation.setUp': 'ANYBODY',
  'Mutation.signIn': 'ANYBODY',
  'Mutation.signOut': 'ANYBODY',
  'Mutation.revokeSession': 'PERSON',
  'Mutation.reauthenticate': 'PERSON',
  'Mutation.changePassword': 'PERSON',
  'Mutation.addConnection': 'CONNECTIONS_WRITE',
  'Mutation.updateConnection': 'CONNECTIONS_WRITE',
  'Mutation.toggleConnection': 'CONNECTIONS_WRITE',
  'Mutation.removeConnection': 'CONNECTIONS_WRITE',
  'Mutation.restoreConnection': 'CONNECTIONS_WRITE',
  'Mutation.verifyConnection': 'CONNECTIONS_WRITE',
  'Mutation.refreshConnections': 'CONNECTIONS_WRITE',
  'Mutation.cancelRefresh': 'CONNECTIONS_WRITE',
  'Mutation.revealKey': 'KEYS_REVEAL, fresh',
  'Mutation.setModelCapabilities': 'CONNECTIONS_WRITE',
  'Mutation.createUser': 'USERS_WRITE',
  'Mutation.updateUser': 'USERS_WRITE',
  'Mutation.removeUser': 'USERS_WRITE',
  'Mutation.createApiToken': 'SIGNED_IN',
  'Mutation.revokeApiToken': 'SIGNED_IN',
  'Subscription.connectionStatus': 'STATUS_READ',
  'Subscription.refreshProgress': 'CONNECTIONS_READ',
};

/** GET routes answer HEAD as well. `/graphql` lets anybody in, and its operations decide. */
const ROUTES: Readonly<Record<string, Access['needs']>> = {
  'GET /*': 'ANYBODY',
  'GET /healthz': 'ANYBODY',
  'GET /readyz': 'ANYBODY',
  'GET /metrics': 'STATUS_READ',
  'GET /graphql': 'ANYBODY',
  'POST /graphql': 'ANYBODY',
  'GET /v1/*': 'ANYBODY',
  'GET /v1/models': 'MODELS_READ',
  'GET /v1/models/*': 'MODELS_READ',
  'POST /v1/audio/speech': 'CHAT',
  'POST /v1/audio/transcriptions': 'CHAT',
  'POST /v1/audio/translations': 'CHAT',
  'POST /v1/images/edits': 'CHAT',
  'POST /v1/images/variations': 'CHAT',
  'POST /v1/chat/completions': 'CHAT',
  'POST /v1/completions': 'CHAT',
  'POST /v1/embeddings': 'CHAT',
  'POST /v1/images/generations': 'CHAT',
  'POST /v1/rerank': 'CHAT',
  'POST /v1/responses': 'CHAT',
  'GET /v1/responses/:id': 'CHAT',
  'DELETE /v1/responses/:id': 'CHAT',
  'GET /v1/responses/:id/input_items': 'CHAT',
  'POST /v1/responses/:id/cancel': 'CHAT',
  'GET /api/*': 'ANYBODY',
  'GET /api/tags': 'MODELS_READ',
  'GET /api/ps': 'MODELS_READ',
  'GET /api/version': 'MODELS_READ',
  'POST /api/show': 'MODELS_READ',
  'POST /api/chat': 'CHAT',
  'POST /api/generate': 'CHAT',
  'POST /api/embed': 'CHAT',
  'POST /api/embeddings': 'CHAT',
  'POST /api/pull': 'MODELS_READ',
  'POST /api/push': 'MODELS_READ',
  'POST /api/create': 'MODELS_READ',
  'POST /api/copy': 'MODELS_READ',
  'DELETE /api/delete': 'MODELS_READ',
  'GET /api/blobs/:digest': 'MODELS_READ',
  'POST /api/blobs/:digest': 'MODELS_READ',
};

const MEMBER_SCOPES: readonly string[] = ['MODELS_READ', 'CHAT', 'ANYBODY', 'SIGNED_IN', 'PERSON'];
const MEMBER = { name: 'Ben', email: 'ben@example.org', password: 'a member’s password' };
const DENIED = ['UNAUTHENTICATED', 'FORBIDDEN'];

interface Operation {
  readonly key: string;
  readonly needs: string;
  readonly kind: 'query' | 'mutation' | 'subscription';
  readonly field: GraphQLField<unknown, unknown>;
}

function operationsOf(schema: GraphQLSchema): Operation[] {
  const roots = [
    ['query', schema.getQueryType()],
    ['mutation', schema.getMutationType()],
    ['subscription', schema.getSubscriptionType()],
  ] as const;
  return roots.flatMap(([kind, type]: readonly [Operation['kind'], GraphQLObjectType | null | undefined]) =>
    Object.values(type?.getFields() ?? {}).map((field) => {
      const access = accessOf(field);
      const needs =
        access === undefined ? 'nothing stated' : `${access.needs}${access.fresh === true ? ', fresh' : ''}`;
      return { key: `${String(type?.name)}.${field.name}`, needs, kind, field };
    }),
  );
}

describe('access', () => {
  let folder: string;
  let app: TestApp;
  let admin: TestClient;
  let member: TestClient;
  let operations: Operation[];

  beforeAll(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'intrallm-access-'));
    writeFileSync(path.join(folder, 'index.html'), '<!doctype html>');
    const [kind] = testDatabases;
    if (kind === undefined) throw new Error('there is no database');
    app = await startTestApp({ kind, adminFiles: folder });
    admin = await app.admin();
    await admin.data(
      `mutation ($name: String!, $email: String!, $password: String!) {
         createUser(name: $name, email: $email, password: $password, role: MEMBER) { id } }`,
      MEMBER,
    );
    member = await app.client().signIn(MEMBER);
    operations = operationsOf(app.app.schema);
  }, 60_000);
  afterAll(async () => {
    await app.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const needed = (key: string): string => OPERATIONS[key] ?? 'nobody decided';

  async function createToken(scopes: readonly Scope[]): Promise<TestClient> {
    const { createApiToken } = await admin.data<{ createApiToken: { token: string } }>(
      'mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) { token } }',
      { input: { name: 'tool', scopes } },
    );
    return app.client(createApiToken.token);
  }

  /** The code of the first error; null where there is none. A subscription is asked for its first event. */
  async function codeOf(client: TestClient, { kind, field }: Operation): Promise<string | null> {
    const document = sampleOperation(kind, field);
    if (kind !== 'subscription') return (await client.graphql(document)).errors?.[0]?.extensions.code ?? null;
    const socket = client.socket();
    try {
      const { value } = await socket.iterate({ query: document }).next();
      return (value?.errors?.[0]?.extensions?.['code'] as string | undefined) ?? null;
    } catch (error) {
      if (!Array.isArray(error)) throw error;
      return (error as { extensions: { code: string } }[])[0]?.extensions.code ?? null;
    } finally {
      await socket.dispose();
    }
  }

  it('is decided for every root field, here and in the schema alike', () => {
    expect(Object.fromEntries(operations.map(({ key, needs }) => [key, needs]))).toEqual(OPERATIONS);
  });

  it('is decided for every route, here and in the server alike', () => {
    const routes = app.app.http.routes.filter(({ method }) => method !== 'HEAD');
    const stated = routes.map(({ method, url, access }) => [`${method} ${url}`, access.needs]);
    expect(Object.fromEntries(stated)).toEqual(ROUTES);
    for (const { method, url, access } of app.app.http.routes) {
      if (method === 'HEAD') expect(access.needs).toBe(ROUTES[`GET ${url}`]);
    }
  });

  it('without credentials is refused to everything that is not public', async () => {
    for (const operation of operations.filter(({ kind }) => kind !== 'subscription')) {
      const code = await codeOf(app.client(), operation);
      const outcome = code === 'UNAUTHENTICATED' ? 'refused' : 'let in';
      const wanted = needed(operation.key) === 'ANYBODY' ? 'let in' : 'refused';
      expect([operation.key, outcome]).toEqual([operation.key, wanted]);
    }
    for (const operation of operations.filter(({ kind }) => kind === 'subscription')) {
      const socket = app.client().socket();
      const asked = socket.iterate({ query: sampleOperation('subscription', operation.field) }).next();
      await expect(asked).rejects.toMatchObject({ code: 4401 });
    }
  });

  it('without credentials is refused on every route that is not public', async () => {
    for (const { method, url, access } of app.app.http.routes) {
      // A proxy in between: this machine itself may read the metrics.
      const headers = { 'x-forwarded-for': '192.0.2.1', accept: 'text/html' };
      const { status } = await fetch(app.url + url.replace('*', ''), { method, headers });
      const isRefused = status === 401;
      expect([method, url, isRefused]).toEqual([method, url, access.needs !== 'ANYBODY']);
    }
    expect((await fetch(`${app.url}/metrics`)).status).toBe(200);
  });

  it('with a credential that is not valid is refused everywhere that looks at credentials, public or not', async () => {
    const wrong = app.client('ilm_wrong');
    for (const operation of operations.filter(({ kind }) => kind !== 'subscription')) {
      expect([operation.key, await codeOf(wrong, operation)]).toEqual([operation.key, 'UNAUTHENTICATED']);
    }
    for (const route of ['/v1/models', '/metrics', '/graphql?query={me{id}}']) {
      expect((await wrong.fetch(route)).status).toBe(401);
    }
  });

  it('of a member ends at models, chat and what is one’s own', async () => {
    for (const operation of operations.filter(({ key }) => key !== 'Mutation.signOut')) {
      const mayUse = MEMBER_SCOPES.includes(needed(operation.key));
      const client = operation.key === 'Mutation.signIn' ? app.client() : member;
      const code = await codeOf(client, operation);
      if (mayUse) expect([operation.key, DENIED.includes(code ?? '')]).toEqual([operation.key, false]);
      else expect([operation.key, code]).toEqual([operation.key, 'FORBIDDEN']);
    }
    expect((await member.fetch('/v1/models')).status).toBe(200);
    const proxied = await member.fetch('/metrics', { headers: { 'x-forwarded-for': '192.0.2.1' } });
    expect(proxied.status).toBe(403);
  });

  it('of a token with every scope but the needed one is refused, and of one with that scope alone is not', async () => {
    const grantable = SCOPES.filter((scope) => scope !== 'KEYS_REVEAL');
    const without = new Map<string, TestClient>();
    const only = new Map<string, TestClient>();
    const all = await createToken(grantable);
    for (const scope of grantable) {
      without.set(scope, await createToken(grantable.filter((one) => one !== scope)));
      only.set(scope, await createToken([scope]));
    }
    for (const operation of operations) {
      const needs = needed(operation.key);
      if (needs === 'ANYBODY' || needs === 'SIGNED_IN') continue;
      // What is a person's own, or a key, is for no token whatever its scopes.
      const refused = await codeOf(without.get(needs) ?? all, operation);
      expect([operation.key, refused]).toEqual([operation.key, 'FORBIDDEN']);
      const allowed = only.get(needs);
      if (allowed === undefined) continue;
      const code = await codeOf(allowed, operation);
      expect([operation.key, DENIED.includes(code ?? '')]).toEqual([operation.key, false]);
    }
    expect((await (without.get('MODELS_READ') ?? all).fetch('/v1/models')).status).toBe(403);
    const chat = { method: 'POST', body: '{"model":"none","messages":[]}' };
    expect((await (without.get('CHAT') ?? all).fetch('/v1/chat/completions', chat)).status).toBe(403);
    expect((await (only.get('CHAT') ?? all).fetch('/v1/chat/completions', chat)).status).toBe(404);
  });

  it('of an administrator reaches every operation', async () => {
    for (const operation of operations) {
      const code = await codeOf(await app.admin(), operation);
      expect([operation.key, DENIED.includes(code ?? '')]).toEqual([operation.key, false]);
    }
  });
});
