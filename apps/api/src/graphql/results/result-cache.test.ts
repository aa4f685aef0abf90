import { ApolloServer, HeaderMap } from '@apollo/server';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { buildSchema } from 'graphql';
import type { Actor } from '../../auth/actor.js';
import type { RequestContext } from '../../auth/request-context.js';
import type { Scope } from '../../auth/scope.js';
import { Versions } from '../../events/versions.js';
import { createRequestContext } from '../context.js';
import { ResultCache } from './result-cache.js';

const schema = buildSchema(`
  type Health { latencyMs: Int }
  type Connection { name: String health: Health }
  type Query { connections(tag: String): [Connection] models: [Connection] me: Connection }
`);
const NAMES = '{ connections { name } }';

let versions: Versions;
let now: number;
let cache: ResultCache;
let server: ApolloServer<RequestContext>;
/** How often a list was made. */
let made: number;
let fails: boolean;

beforeEach(async () => {
  [versions, now, made, fails] = [new Versions(), 5_000, 0, false];
  open(100_000);
  await server.start();
});
afterEach(() => server.stop());

function open(maxBytes: number): void {
  cache = new ResultCache({ versions, maxBytes, now: () => now });
  const list = ({ tag = 'none' }: { tag?: string }) => {
    made += 1;
    if (fails) throw new Error('it failed');
    return [{ name: `${tag} ${String(made)} ÄΩ🙂`, health: { latencyMs: made } }];
  };
  const rootValue = { connections: list, models: list, me: () => ({ name: String((made += 1)) }) };
  server = new ApolloServer<RequestContext>({
    schema,
    rootValue,
    stringifyResult: cache.stringify,
    plugins: [cache.plugin],
    stopOnTerminationSignals: false,
  });
}

function viewer(...scopes: Scope[]): Actor {
  const origin = { ip: null, requestId: null };
  return {
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
}

/** What the pipeline answers. */
async function ask(body: object, actor = viewer('CONNECTIONS_READ')): Promise<string> {
  const origin = { ip: null, requestId: null, userAgent: null };
  const { body: answer } = await server.executeHTTPGraphQLRequest({
    httpGraphQLRequest: {
      method: 'POST',
      search: '',
      body,
      headers: new HeaderMap([['content-type', 'application/json']]),
    },
    context: () => Promise.resolve(createRequestContext({ actor, origin, sessionCookie: null })),
  });
  if (answer.kind !== 'complete') throw new Error('not a whole answer');
  return answer.string;
}

/** What is answered without the pipeline. */
const find = (body: unknown, actor = viewer('CONNECTIONS_READ')): string | undefined =>
  cache.find(body, actor)?.toString();

describe('a hot query', () => {
  it('is answered with the very text that the pipeline made, by the pipeline and without it', async () => {
    expect(find({ query: NAMES })).toBeUndefined();
    const text = await ask({ query: NAMES });
    expect(find({ query: NAMES })).toBe(text);
    expect(find({ query: NAMES, operationName: null, variables: null })).toBe(text);
    expect(await ask({ query: NAMES })).toBe(text);
    expect(made).toBe(1);
  });

  it('is made anew when the catalogue changed', async () => {
    await ask({ query: NAMES });
    versions.raiseCatalogue();
    expect(find({ query: NAMES })).toBeUndefined();
    await ask({ query: NAMES });
    expect(made).toBe(2);
  });

  it('is made anew for health that changed, and every second, where it shows health only', async () => {
    const query = '{ connections { health { latencyMs } } }';
    await ask({ query });
    await ask({ query: NAMES });
    versions.raiseHealth();
    expect([find({ query }), typeof find({ query: NAMES })]).toEqual([undefined, 'string']);
    await ask({ query });
    expect(find({ query })).toContain('3');
    now += 1_000;
    expect([find({ query }), typeof find({ query: NAMES })]).toEqual([undefined, 'string']);
  });

  it('is not the answer for who may see something else, other variables or another operation', async () => {
    const query = 'query A($tag: String) { connections(tag: $tag) { name } } query B { models { name } }';
    const body = { query, operationName: 'A', variables: { tag: 'x' } };
    const text = await ask(body);
    expect(find(body)).toBe(text);
    expect(find(body, viewer())).toBeUndefined();
    expect(find(body, viewer('CONNECTIONS_READ', 'KEYS_REVEAL'))).toBeUndefined();
    expect(find({ ...body, variables: { tag: 'y' } })).toBeUndefined();
    expect(find({ ...body, variables: undefined })).toBeUndefined();
    expect(find({ ...body, operationName: 'B' })).toBeUndefined();
  });

  it('never is what depends on who asks, failed, or does more than to read lists', async () => {
    for (const query of ['{ me { name } }', '{ connections { name } me { name } }', '{ nothing }', '{']) {
      await ask({ query });
      expect(find({ query })).toBeUndefined();
    }
    fails = true;
    expect(await ask({ query: NAMES })).toContain('errors');
    expect(find({ query: NAMES })).toBeUndefined();
  });

  it('leaves to the pipeline whatever has another form', async () => {
    await ask({ query: NAMES });
    const others = [undefined, null, 'text', [{ query: NAMES }], { query: 1 }, { query: NAMES, operationName: 1 }];
    for (const body of [...others, { query: NAMES, extensions: {} }, { query: `${NAMES} ` }]) {
      expect(find(body)).toBeUndefined();
    }
  });

  it('is found by the variables that it declares, whatever else is sent along', async () => {
    const query = 'query ($tag: String) { connections(tag: $tag) { name } }';
    let nested: unknown = [];
    for (let depth = 0; depth < 20_000; depth += 1) nested = [nested];
    const text = await ask({ query, variables: { tag: 'x' } });
    for (const other of ['y', nested]) expect(find({ query, variables: { tag: 'x', other } })).toBe(text);
    expect(find({ query, variables: { tag: nested } })).toBeUndefined();
    expect(find({ query, variables: { tag: null } })).toBeUndefined();
    await ask({ query, variables: { tag: null } });
    expect(find({ query, variables: {} })).toBeUndefined();
  });

  it('is not kept with very long variables, nor where only the schema is asked', async () => {
    const query = 'query ($tag: String) { connections(tag: $tag) { name } }';
    const variables = { tag: 'x'.repeat(5_000) };
    await ask({ query, variables });
    await ask({ query: '{ __typename }' });
    expect([find({ query, variables }), find({ query: '{ __typename }' })]).toEqual([undefined, undefined]);
  });

  it('makes room for younger ones, and is not kept at all where it takes more than a quarter', async () => {
    await server.stop();
    open(6_000);
    await server.start();
    const bodyOf = (tag: string) => ({
      query: 'query ($tag: String) { connections(tag: $tag) { name } }',
      variables: { tag },
    });
    const tags = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];
    for (const tag of tags) {
      await ask(bodyOf(tag));
      find(bodyOf('a'));
    }
    const kept = tags.filter((tag) => find(bodyOf(tag)) !== undefined);
    expect(kept).toEqual(['a', ...tags.slice(-kept.length + 1)]);
    expect(kept.length).toBeLessThan(tags.length);
    const long = bodyOf('x'.repeat(2_000));
    await ask(long);
    expect(find(long)).toBeUndefined();
  });
});
