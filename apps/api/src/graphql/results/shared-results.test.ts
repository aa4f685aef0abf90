import { describe, expect, it } from '@jest/globals';
import { buildSchema, parse, type ExecutionResult } from 'graphql';
import type { Actor } from '../../auth/actor.js';
import type { Scope } from '../../auth/scope.js';
import { createRequestContext } from '../context.js';
import { SharedResults } from './shared-results.js';

const schema = buildSchema(`
  type Event { name: String secret: String }
  type Query { none: String }
  type Subscription { connectionStatus: Event other: Event }
`);
const document = parse('subscription { connectionStatus { name secret } }');

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

/** Events that count how often something is made of them. */
function newEvents() {
  const made: string[] = [];
  const event = {
    name: () => {
      made.push('name');
      return 'a';
    },
    secret: (_args: unknown, { actor }: { actor: Actor }) => (actor.scopes.has('CONNECTIONS_READ') ? 'seen' : null),
  };
  return { event, made };
}

async function all(results: Awaited<ReturnType<SharedResults['subscribe']>>): Promise<unknown[]> {
  const given: unknown[] = [];
  if (!(Symbol.asyncIterator in results)) throw new Error(JSON.stringify(results.errors));
  for await (const { data } of results as AsyncIterable<ExecutionResult>) given.push(data);
  return given;
}

describe('what subscribers are told of one event', () => {
  const payload = (event: object) => ({ connectionStatus: event, other: event });

  async function tell(shared: SharedResults, events: readonly object[], scopes: Scope[], text = document) {
    const source = async function* () {
      yield* events;
    };
    const rootValue = { connectionStatus: source, other: source };
    return all(await shared.subscribe({ schema, document: text, rootValue, contextValue: contextOf(...scopes) }));
  }

  it('is made once for all who ask the same and may see the same', async () => {
    const { event, made } = newEvents();
    const [shared, told] = [new SharedResults(), payload(event)];
    const first = await tell(shared, [told], ['STATUS_READ']);
    const second = await tell(shared, [told], ['STATUS_READ']);
    expect(first).toEqual([{ connectionStatus: { name: 'a', secret: null } }]);
    expect(second[0]).toBe(first[0]);
    expect(made).toHaveLength(1);
  });

  it('is made apart for those who may see more, who ask for something else, and for another event', async () => {
    const { event, made } = newEvents();
    const [shared, told] = [new SharedResults(), payload(event)];
    await tell(shared, [told], ['STATUS_READ']);
    const more = await tell(shared, [told], ['STATUS_READ', 'CONNECTIONS_READ']);
    expect(more).toEqual([{ connectionStatus: { name: 'a', secret: 'seen' } }]);
    await tell(shared, [told], ['STATUS_READ'], parse('subscription { connectionStatus { name } }'));
    await tell(shared, [payload(event)], ['STATUS_READ']);
    expect(made).toHaveLength(4);
  });

  it('is told apart by the variables that are declared, where null is not the same as none', async () => {
    const { event, made } = newEvents();
    const [shared, told] = [new SharedResults(), payload(event)];
    const text = parse('subscription ($with: Boolean = true) { connectionStatus { name @include(if: $with) } }');
    const source = async function* () {
      yield* [told];
    };
    const ask = async (variableValues: Record<string, unknown>) => {
      const rootValue = { connectionStatus: source };
      const args = { schema, document: text, rootValue, contextValue: contextOf('STATUS_READ'), variableValues };
      return (await all(await shared.subscribe(args)))[0];
    };
    expect(await ask({})).toEqual({ connectionStatus: { name: 'a' } });
    expect(await ask({ with: false })).toEqual({ connectionStatus: {} });
    expect(await ask({ with: true, other: 1 })).toEqual(await ask({ other: 2, with: true }));
    expect(made).toHaveLength(2);
  });

  it('is nobody else’s where the subscription is not known to allow it', async () => {
    const { event, made } = newEvents();
    const [shared, told] = [new SharedResults(), payload(event)];
    const other = parse('subscription { other { name } }');
    await tell(shared, [told], ['STATUS_READ'], other);
    await tell(shared, [told], ['STATUS_READ'], other);
    expect(made).toHaveLength(2);
  });
});
