import type { GraphQLFieldResolver, GraphQLObjectType, GraphQLSchema } from 'graphql';
import { authorize, type Access } from '../auth/actor.js';
import type { RequestContext } from '../auth/request-context.js';

/**
 * Puts the authorise step in front of every root field of the schema, in place. Throws when a field states no access:
 * such a schema must not be served.
 */
export function guardRootFields(schema: GraphQLSchema): void {
  for (const type of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) {
    if (type) guardFields(type as GraphQLObjectType<unknown, RequestContext>);
  }
}

/** The access that a root field demands, as its resolver states it; undefined when it states none. */
export function accessOf(field: { readonly extensions?: unknown }): Access | undefined {
  return (field.extensions as { access?: Access } | undefined)?.access;
}

function guardFields(type: GraphQLObjectType<unknown, RequestContext>): void {
  for (const field of Object.values(type.getFields())) {
    const access = accessOf(field);
    if (access === undefined) throw new Error(`${type.name}.${field.name} does not state who may use it`);
    // A subscription is authorised when it starts; its events pass through `resolve` without asking again.
    if (field.subscribe) field.subscribe = guarded(access, field.subscribe);
    else if (field.resolve) field.resolve = guarded(access, field.resolve);
  }
}

function guarded(
  access: Access,
  inner: GraphQLFieldResolver<unknown, RequestContext>,
): GraphQLFieldResolver<unknown, RequestContext> {
  return (source, args, context, info): unknown => {
    authorize(context.actor, access);
    return inner(source, args, context, info);
  };
}
