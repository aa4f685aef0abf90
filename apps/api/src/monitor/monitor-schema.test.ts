import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execute, parse, subscribe, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { Arg, ID, Query, Resolver } from 'type-graphql';
import { check, failed } from '../../test/support/endpoints/fake-provider.js';
import { openMonitored, type Monitored } from '../../test/support/monitored.js';
import type { Actor } from '../auth/actor.js';
import { RequireAccess } from '../auth/request-context.js';
import type { Scope } from '../auth/scope.js';
import { ConnectionHealth } from '../connections/health/connection-health.entity.js';
import { Versions } from '../events/versions.js';
import { createRequestContext } from '../graphql/context.js';
import { createSchema } from '../graphql/schema.js';
import { createLogger } from '../log/logger.js';
import { ModelLoaders } from '../models/model-loaders.js';
import { ModelService } from '../models/model.service.js';
import { ConnectionHealthResolver } from './health/connection-health.resolver.js';
import { createRefreshProgressResolver, RefreshResolver } from './refresh/refresh.resolver.js';
import { RefreshService } from './refresh/refresh.service.js';
import { StatusFeed } from './stream/status-feed.js';
import { createStatusStreamResolver, StatusResolver } from './stream/status.resolver.js';

let on: Monitored;
let feed: StatusFeed;
let schema: GraphQLSchema;

/** Stands in for the field of a connection, which is not this folder's. */
function healthOf(monitored: Monitored): object {
  @Resolver()
  class HealthResolver {
    @Query(() => [ConnectionHealth])
    @RequireAccess('CONNECTIONS_READ')
    healths(@Arg('ids', () => [ID]) ids: string[]): Promise<ConnectionHealth[]> {
      return Promise.all(ids.map((id) => monitored.health(id)));
    }
  }
  return new HealthResolver();
}

beforeEach(async () => {
  on = await openMonitored();
  const { database, events } = on.stored;
  feed = new StatusFeed({ database, events, tail: on.tail, clock: on.clock });
  const logger = createLogger({ level: 'silent' });
  const refreshes = new RefreshService({ database, monitor: on.monitor, clock: on.clock, logger });
  schema = createSchema([
    healthOf(on),
    new ConnectionHealthResolver(on.monitor, on.history, on.transitions),
    new RefreshResolver(refreshes),
    createRefreshProgressResolver(refreshes),
    new StatusResolver(
      feed,
      new ModelLoaders({ database, models: new ModelService({ database, versions: new Versions() }) }),
    ),
    createStatusStreamResolver(feed),
  ]);
  await on.tail.start();
  await feed.start();
  await on.monitor.start();
});

afterEach(async () => {
  feed.stop();
  await on.close();
});

function contextOf(...scopes: Scope[]) {
  const origin = { ip: null, requestId: null, userAgent: null };
  const actor: Actor = {
    type: 'token',
    userId: 'u',
    tokenId: 't',
    label: 'test',
    scopes: new Set(scopes),
    expiresAt: null,
    modelAllowlist: [],
    limits: [],
    ...origin,
  };
  return createRequestContext({ actor, origin, sessionCookie: null });
}

async function run(
  source: string,
  variableValues: Record<string, unknown>,
  ...scopes: Scope[]
): Promise<ExecutionResult> {
  return execute({ schema, document: parse(source), variableValues, contextValue: contextOf(...scopes) });
}

describe('the fields of a health', () => {
  const FIELDS = parse(
    'query ($ids: [ID!]!, $hours: Int!) { healths(ids: $ids) { checking uptime24h timeline(hours: $hours, buckets: 4) { worst upShare } history(limit: 2) { status latencyMs problem { code } } } }',
  ).loc?.source.body as string;

  it('come for all connections with one look at the buckets and one at the samples', async () => {
    const one = await on.add();
    const other = await on.add();
    on.provider.answer(other.url, failed());
    await on.clock.advance(60_000);
    const { read } = on.stored.database;
    let looks = 0;
    const original = read.query.bind(read);
    read.query = ((...args: Parameters<typeof original>) => {
      looks += 1;
      return original(...args);
    }) as typeof read.query;
    const result = await run(FIELDS, { ids: [one.id, other.id], hours: 2 }, 'CONNECTIONS_READ');
    read.query = original;
    expect(result.errors).toBeUndefined();
    const [good, bad] = (result.data as { healths: Record<string, unknown>[] }).healths;
    expect(good).toMatchObject({
      checking: false,
      uptime24h: 1,
      history: [{ status: 'ONLINE', latencyMs: 50, problem: null }, {}],
    });
    expect(bad).toMatchObject({ history: [{ status: 'OFFLINE', problem: { code: 'CONNECTION_REFUSED' } }, {}] });
    expect((good?.['timeline'] as unknown[]).at(-1)).toEqual({ worst: 'ONLINE', upShare: 1 });
    expect(looks).toBe(1);
  });

  it('refuse what is out of bounds and name the argument', async () => {
    const { id } = await on.add();
    const result = await run(FIELDS, { ids: [id], hours: 193 }, 'CONNECTIONS_READ');
    expect(result.errors?.[0]?.originalError).toMatchObject({ code: 'BAD_USER_INPUT', details: { field: 'hours' } });
  });

  it('say that a check is running now', async () => {
    on.provider.usual = 'hang';
    const { id } = await on.add();
    const result = await run(
      'query ($ids: [ID!]!) { healths(ids: $ids) { checking } }',
      { ids: [id] },
      'CONNECTIONS_READ',
    );
    expect(result.data).toEqual({ healths: [{ checking: true }] });
  });
});

describe('the transitions of a health', () => {
  const TRANSITIONS =
    'query ($ids: [ID!]!, $hours: Int!) { healths(ids: $ids) { transitions(hours: $hours) { previous status problem { code hint } } } }';
  const told = async (id: string, hours = 24) => {
    const result = await run(TRANSITIONS, { ids: [id], hours }, 'CONNECTIONS_READ');
    expect(result.errors).toBeUndefined();
    const [health] = (result.data as { healths: { transitions: Record<string, unknown>[] }[] }).healths;
    return health!.transitions;
  };

  it('are what happened, also long before the last sample, and nothing that did not', async () => {
    const { id, url } = await on.add();
    on.provider.answer(url, failed());
    await on.clock.advance(60_000);
    on.provider.answer(url, check());
    // More checks than there are samples: the outage is only told of by what was announced.
    await on.clock.advance(150 * 30_000);
    const changes = await told(id);
    expect(changes.map(({ previous, status }) => [previous, status])).toEqual([
      ['OFFLINE', 'ONLINE'],
      ['ONLINE', 'OFFLINE'],
      ['UNKNOWN', 'ONLINE'],
      [null, 'UNKNOWN'],
    ]);
    const outage = changes[1]!['problem'] as { code: string; hint: string };
    expect(outage.code).toBe('CONNECTION_REFUSED');
  });

  it('leave out edits, which change neither status nor problem', async () => {
    const { id } = await on.add();
    const before = await told(id);
    await on.edit(id, { name: 'another name' });
    expect(await told(id)).toEqual(before);
  });

  it('end where the asked time begins', async () => {
    const { id } = await on.add();
    expect(await told(id, 1)).not.toEqual([]);
    // Announcements have the time of the ledger, which is the system's.
    on.clock.jump(Date.now() + 2 * 3_600_000 - on.clock.now());
    expect(await told(id, 1)).toEqual([]);
    expect(await told(id, 3)).not.toEqual([]);
  });
});

describe('the status operations', () => {
  it('show the connection to those alone who may see connections', async () => {
    await on.add({ name: 'a' });
    const source = '{ connectionStatuses { kind connectionName status connection { name } } }';
    const status = { kind: 'SNAPSHOT', connectionName: 'a', status: 'ONLINE' };
    expect((await run(source, {}, 'STATUS_READ')).data).toEqual({
      connectionStatuses: [{ ...status, connection: null }],
    });
    expect((await run(source, {}, 'STATUS_READ', 'CONNECTIONS_READ')).data).toEqual({
      connectionStatuses: [{ ...status, connection: { name: 'a' } }],
    });
    expect((await run(source, {}, 'CHAT')).errors?.[0]?.originalError).toMatchObject({ code: 'FORBIDDEN' });
  });

  it('stream what happens, and refuse a bad cursor before anything is told', async () => {
    const { url } = await on.add({ name: 'a' });
    const subscribed = (after: string | null) =>
      subscribe({
        schema,
        document: parse(
          'subscription ($after: String) { connectionStatus(after: $after) { kind cursor previous status problem { code } } }',
        ),
        variableValues: { after },
        contextValue: contextOf('STATUS_READ'),
      });
    const refused = (await subscribed('nonsense')) as ExecutionResult;
    expect(refused.errors?.[0]?.originalError).toMatchObject({ code: 'CURSOR_EXPIRED' });
    const stream = (await subscribed(null)) as AsyncGenerator<ExecutionResult>;
    const next = async () => ((await stream.next()).value as ExecutionResult).data?.['connectionStatus'];
    expect(await next()).toMatchObject({ kind: 'SNAPSHOT', cursor: null, status: 'ONLINE' });
    expect(await next()).toMatchObject({ kind: 'CHECKPOINT', cursor: expect.any(String), status: null });
    on.provider.answer(url, failed('UNAUTHORIZED', 'UNAUTHORIZED'));
    await on.clock.advance(31_000);
    const changed = { kind: 'CHANGED', previous: 'ONLINE', status: 'UNAUTHORIZED', problem: { code: 'UNAUTHORIZED' } };
    expect(await next()).toMatchObject(changed);
    await stream.return(undefined);
    expect(feed.size).toBe(0);
  });

  it('start a refresh and stream how far it is', async () => {
    await on.add();
    on.provider.usual = check();
    const started = await run('mutation { refreshConnections { id total done cancelled } }', {}, 'CONNECTIONS_WRITE');
    const refresh = (started.data as { refreshConnections: { id: string } }).refreshConnections;
    expect(refresh).toMatchObject({ total: 1, done: 0, cancelled: false });
    const stream = (await subscribe({
      schema,
      document: parse('subscription ($id: ID!) { refreshProgress(id: $id) { done finishedAt } }'),
      variableValues: { id: refresh.id },
      contextValue: contextOf('CONNECTIONS_READ'),
    })) as AsyncGenerator<ExecutionResult>;
    const steps: unknown[] = [];
    for await (const { data } of stream) steps.push(data?.['refreshProgress']);
    expect(steps.at(-1)).toEqual({ done: 1, finishedAt: expect.any(String) });
  });
});
