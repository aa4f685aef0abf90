import {
  defaultFieldResolver,
  getNamedType,
  getNullableType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  OperationTypeNode,
  type FieldNode,
  type GraphQLFieldResolver,
  type GraphQLNamedType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql';
import type { RequestContext } from '../../auth/request-context.js';
import { tooDear } from '../limits/cost.js';
import type { Pacer } from './pacer.js';

/** Fields of one answer, counted as they are made. What is judged before leaves room: it goes by averages. */
const MOST_FIELDS = 450_000;
/** Texts and numbers in a list of up to so many are a part of what it is in. */
const SHORT_LIST = 20;
/** What it takes to read a list that is a field of an item, in fields. */
const LIST_COST = 15;
/** What it takes to begin a query, in fields: two of them fill a turn. */
const QUERY_COST = 2_500;
/** Of one event of a subscription: it is written in one go, for each subscriber. */
const MOST_FIELDS_OF_EVENT = 30_000;

type Resolve = GraphQLFieldResolver<unknown, RequestContext>;

/** Lets every list of the schema be completed in turns, and counts what an answer costs while it is made. */
export function paceLists(schema: GraphQLSchema, pacer: Pacer): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    const isQuery = type === schema.getQueryType();
    for (const field of Object.values(type.getFields())) {
      const isList = isListType(getNullableType(field.type));
      if (isList) field.resolve = paced(field.resolve ?? defaultFieldResolver, pacer);
      if (isQuery && field.resolve) field.resolve = inTurn(field.resolve, pacer);
    }
  }
}

/** The queries of one document are begun one after the other: each may read for as long as a turn may take. */
function inTurn(inner: Resolve, pacer: Pacer): Resolve {
  return (source, args, context, info): unknown => {
    const meter = context.once(newMeter);
    meter.queries += 1;
    if (meter.queries === 1) return inner(source, args, context, info);
    return pacer.turn(context, QUERY_COST).then(() => inner(source, args, context, info));
  };
}

/** What of the request's answer is made so far, in fields. */
class Meter {
  fields = 0;
  queries = 0;
  readonly costs = new WeakMap<readonly FieldNode[], number>();
}
const newMeter = (): Meter => new Meter();

function paced(inner: Resolve, pacer: Pacer): Resolve {
  return (source, args, context, info): unknown => {
    const list: unknown = inner(source, args, context, info);
    const pace = (items: unknown): unknown => (Array.isArray(items) ? paceItems(items, context, info, pacer) : items);
    return list instanceof Promise ? list.then(pace) : pace(list);
  };
}

function paceItems(
  items: readonly unknown[],
  context: RequestContext,
  info: GraphQLResolveInfo,
  pacer: Pacer,
): readonly unknown[] {
  if (items.length <= SHORT_LIST && !isObjectType(getNamedType(info.returnType))) return items;
  const meter = context.once(newMeter);
  let cost = meter.costs.get(info.fieldNodes);
  if (cost === undefined) {
    cost = 1 + fieldsOf(info.fieldNodes, getNamedType(info.returnType), info);
    meter.costs.set(info.fieldNodes, cost);
  }
  meter.fields += items.length * cost;
  const most = info.operation.operation === OperationTypeNode.SUBSCRIPTION ? MOST_FIELDS_OF_EVENT : MOST_FIELDS;
  if (meter.fields > most) throw tooDear();
  return pacer.pace(context, items, cost);
}

/** Fields of one item, with those of objects in it; what is in a list counts when that is reached. */
function fieldsOf(nodes: readonly FieldNode[], type: GraphQLNamedType, info: GraphQLResolveInfo): number {
  let count = 0;
  for (const { selectionSet } of nodes) if (selectionSet) count += fieldsIn(selectionSet, type, info);
  return count;
}

function fieldsIn(set: SelectionSetNode, type: GraphQLNamedType, info: GraphQLResolveInfo): number {
  let count = 0;
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) {
      count += 1;
      const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[selection.name.value] : undefined;
      if (field === undefined || !selection.selectionSet) continue;
      if (isListType(getNullableType(field.type))) count += LIST_COST;
      else count += fieldsIn(selection.selectionSet, getNamedType(field.type), info);
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      count += fieldsIn(selection.selectionSet, type, info);
    } else {
      const fragment = info.fragments[selection.name.value];
      if (fragment) count += fieldsIn(fragment.selectionSet, type, info);
    }
  }
  return count;
}
