import {
  getArgumentValues,
  getNamedType,
  getNullableType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { AppError } from '../../errors.js';

/**
 * Fields of one answer: the uptime strips of 1,000 connections, the dearest that the admin app asks for, have 240,000.
 */
export const MOST_FIELDS = 300_000;
/** A query from here on waits for the other dear ones of its person. */
export const DEAR_FIELDS = 20_000;

/** How much is stored of what queries list. */
export interface Sizes {
  readonly connections: number;
  readonly models: number;
}

type Arguments = Readonly<Record<string, unknown>>;
/** How many items a list will have, for each of its parents; an estimate where only reading tells. */
type Rows = (args: Arguments, sizes: Sizes, parents: number) => number;

const MOST_MODELS = 5_000;
/** Lists without a row of their own below. */
const SHORT_LIST = 4;

const numberOf = (value: unknown, otherwise: number): number => (typeof value === 'number' ? value : otherwise);
const lengthOf = (value: unknown, otherwise: number): number => (Array.isArray(value) ? value.length : otherwise);

const ROWS: Readonly<Record<string, Rows>> = {
  'Query.connections': (_args, { connections }) => connections,
  'Query.connectionStatuses': ({ ids }, { connections }) => Math.min(lengthOf(ids, connections), connections),
  'Query.models': ({ first }, { models }) => Math.min(numberOf(first, MOST_MODELS), models),
  'Query.servedModels': ({ first, names }, { models }) =>
    Math.min(numberOf(first, MOST_MODELS), lengthOf(names, MOST_MODELS), models),
  'ServedModel.models': (_args, { connections }) => Math.min(2, connections),
  'Connection.models': ({ first }, { models, connections }, parents) => {
    // Of one connection it may be nearly all; of many it is what they have on average.
    const most = parents <= 1 ? MOST_MODELS : Math.ceil(models / Math.max(1, connections));
    return Math.min(numberOf(first, most), most, models);
  },
  'ConnectionHealth.timeline': ({ buckets }) => numberOf(buckets, 48),
  'ConnectionHealth.history': ({ limit }) => numberOf(limit, 60),
  'ConnectionHealth.stages': () => 5,
  'Query.usage': ({ from, to, bucket }) => usagePoints(from, to, bucket),
  'Query.auditLog': ({ first }) => numberOf(first, 50),
  'Query.apiTokens': () => 100,
  'Query.users': () => 100,
  'Query.sessions': () => 50,
};

const BUCKET_MS: Readonly<Record<string, number>> = { MINUTE: 60_000, HOUR: 3_600_000, DAY: 86_400_000 };
/** Groups that a bucket is taken to have. */
const GROUPS = 5;
const MOST_POINTS = 11_000;

function usagePoints(from: unknown, to: unknown, bucket: unknown): number {
  const length = from instanceof Date && to instanceof Date ? to.getTime() - from.getTime() : 0;
  return Math.min(MOST_POINTS, Math.max(1, length / (BUCKET_MS[String(bucket)] ?? 1)) * GROUPS);
}

interface Asked {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Arguments;
  readonly sizes: Sizes;
}

/**
 * How many fields the answer will have: of every list its rows times the fields of each, whatever their aliases. It
 * reads nothing but the document, its variables and how much is stored. Stops counting far above what is allowed.
 */
export function costOf({ schema, document, operation, variables, sizes }: Asked): number {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  let cost = 0;
  const add = (set: SelectionSetNode, type: GraphQLNamedType | null | undefined, rows: number): void => {
    for (const selection of set.selections) {
      if (cost > 100 * MOST_FIELDS) return;
      if (selection.kind === Kind.INLINE_FRAGMENT) add(selection.selectionSet, type, rows);
      else if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = fragments.get(selection.name.value);
        if (fragment) add(fragment.selectionSet, type, rows);
      } else {
        cost += rows;
        const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[selection.name.value] : undefined;
        if (field === undefined || selection.selectionSet === undefined) continue;
        const isList = isListType(getNullableType(field.type));
        const below = isList ? (ROWS[`${type?.name ?? ''}.${field.name}`] ?? (() => SHORT_LIST)) : null;
        const count = below === null ? 1 : below(argumentsOf(field, selection, variables), sizes, rows);
        add(selection.selectionSet, getNamedType(field.type), rows * Math.max(0, count));
      }
    }
  };
  add(operation.selectionSet, schema.getRootType(operation.operation), 1);
  return cost;
}

/** Those that cannot be read are refused when the field runs. */
function argumentsOf(...asked: Parameters<typeof getArgumentValues>): Arguments {
  try {
    return getArgumentValues(...asked);
  } catch {
    return {};
  }
}

export const tooDear = (): AppError =>
  new AppError(
    'QUERY_TOO_EXPENSIVE',
    `The answer would have more than ${MOST_FIELDS.toLocaleString('en-US')} fields: ask for fewer fields or aliases, or page by page with first and after.`,
  );
