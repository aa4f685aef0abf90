import type { GraphQLSchema } from 'graphql';
import { buildSchemaSync, type NonEmptyArray } from 'type-graphql';
import { DateTime } from '../lib/date-time.js';
import { guardRootFields } from './guard.js';
import { paceLists } from './pacing/paced-lists.js';
import { Pacer } from './pacing/pacer.js';

type ResolverClass = new (...args: never[]) => object;

/** Subscriptions bring their own source; nothing goes through topics. */
const noTopics = {
  publish: () => {
    throw new Error('events go through the event log');
  },
  subscribe: () => {
    throw new Error('events go through the event log');
  },
};

/** The executable schema over these resolver instances, every root field behind the authorise step. */
export function createSchema(resolvers: readonly object[], pacer = new Pacer()): GraphQLSchema {
  const instances = new Map(resolvers.map((resolver) => [resolver.constructor, resolver]));
  const schema = buildSchemaSync({
    resolvers: [...instances.keys()] as unknown as NonEmptyArray<ResolverClass>,
    container: {
      get: (resolverClass: ResolverClass) => {
        const instance = instances.get(resolverClass);
        if (instance === undefined) throw new Error(`no instance of ${resolverClass.name} was built`);
        return instance;
      },
    },
    scalarsMap: [{ type: Date, scalar: DateTime }],
    validate: false,
    pubSub: noTopics,
    disableInferringDefaultValues: true,
  });
  describeRoots(schema);
  guardRootFields(schema);
  paceLists(schema, pacer);
  return schema;
}

/** The library makes the root types and offers no place for their descriptions. */
function describeRoots(schema: GraphQLSchema): void {
  const descriptions = [
    [schema.getQueryType(), 'What can be read. No query waits on an endpoint.'],
    [schema.getMutationType(), 'What can be changed. Every change is written with its audit entry or not at all.'],
    [schema.getSubscriptionType(), 'What is pushed, over WebSocket (graphql-transport-ws).'],
  ] as const;
  for (const [type, description] of descriptions) if (type) type.description = description;
}
