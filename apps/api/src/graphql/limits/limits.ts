import {
  type ASTVisitor,
  getNamedType,
  getNullableType,
  GraphQLError,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type ASTNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  type NamedTypeNode,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';
import { AppError } from '../../errors.js';

/** Longest document in tokens. The admin app's largest has about 600. */
export const MAX_TOKENS = 4_000;
const MAX_DEPTH = 12;
/**
 * Fields of a document with every fragment spread out, and the spreads, so that those cannot multiply without a field.
 */
const MAX_FIELDS = 1_500;
const MAX_ROOT_FIELDS = 20;
/**
 * How often a document may ask for the same field of the same type: under many aliases it costs as much as many fields.
 */
const MAX_REPEATS = 50;
/**
 * The same of introspection: tools ask for each type that a type is made of. What that costs is weighed in
 * introspection.ts.
 */
const MAX_META_REPEATS = 150;
/** Operations, and fragments, of a document: validation holds each against each. */
const MAX_DEFINITIONS = 100;
/** Fields of all operations and fragments of a document together, each with its fragments spread out. */
const MAX_FIELDS_IN_ALL = 10_000;
const MAX_DIRECTIVES = 200;
const MAX_VARIABLES = 100;
/** Deepest nesting of anything at all: lists and objects of values, types of variables. */
const MAX_NESTING = 64;

/**
 * What makes the document cost more than any honest one does; null where nothing does. It takes time in proportion to
 * the document: what comes after it, validation above all, takes more.
 */
export function whatIsTooMuch(schema: GraphQLSchema, document: DocumentNode): string | null {
  const extent = extentOf(document);
  if (extent !== null) return extent;
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  let inAll = 0;
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION && definition.kind !== Kind.FRAGMENT_DEFINITION) continue;
    const isOperation = definition.kind === Kind.OPERATION_DEFINITION;
    const isIntrospection = definition.selectionSet.selections.every(
      (selection) => selection.kind === Kind.FIELD && selection.name.value.startsWith('__'),
    );
    const counter = new Counter(schema, fragments, isIntrospection || !isOperation ? MAX_DEPTH + 8 : MAX_DEPTH);
    const type = isOperation
      ? schema.getRootType(definition.operation)
      : schema.getType(definition.typeCondition.name.value);
    const rootFields = counter.count(definition.selectionSet, { type, depth: 1, lists: [] });
    const reason = counter.reason(isOperation ? rootFields : 0);
    if (reason !== null) return reason;
    inAll += counter.fields;
    if (inAll > MAX_FIELDS_IN_ALL) return `more than ${String(MAX_FIELDS_IN_ALL)} fields in all`;
  }
  return null;
}

export function tooExpensive(what: string): GraphQLError {
  const originalError = new AppError('QUERY_TOO_EXPENSIVE', `The query is too expensive: ${what}.`);
  return new GraphQLError(originalError.message, { originalError });
}

/** The same as a rule of validation, for a document that reached it by another way. */
export function limitsRule(context: ValidationContext): ASTVisitor {
  return {
    Document(document) {
      const tooMuch = whatIsTooMuch(context.getSchema(), document);
      if (tooMuch !== null) context.reportError(tooExpensive(tooMuch));
    },
  };
}

/** Bounds what no field counts: definitions, directives, variables, and how deep anything is nested. */
function extentOf(document: DocumentNode): string | null {
  if (document.definitions.length > MAX_DEFINITIONS) return `more than ${String(MAX_DEFINITIONS)} definitions`;
  let directives = 0;
  let variables = 0;
  const waiting: { readonly node: ASTNode; readonly depth: number }[] = [{ node: document, depth: 0 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, depth } = next;
    if (depth > MAX_NESTING) return `anything nested deeper than ${String(MAX_NESTING)} levels`;
    if (node.kind === Kind.DIRECTIVE) directives += 1;
    if (node.kind === Kind.VARIABLE_DEFINITION) variables += 1;
    for (const held of Object.values(node) as unknown[]) {
      for (const child of Array.isArray(held) ? (held as unknown[]) : [held]) {
        if (isNode(child)) waiting.push({ node: child, depth: depth + 1 });
      }
    }
  }
  if (directives > MAX_DIRECTIVES) return `more than ${String(MAX_DIRECTIVES)} directives`;
  return variables > MAX_VARIABLES ? `more than ${String(MAX_VARIABLES)} variables` : null;
}

const isNode = (value: unknown): value is ASTNode =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as { kind?: unknown }).kind === 'string' &&
  !('prev' in value);

/** Where a selection set stands. */
interface Place {
  /** Undefined where the document does not fit the schema: another rule says so. */
  readonly type: GraphQLNamedType | null | undefined;
  readonly depth: number;
  /** What the lists around it hold. */
  readonly lists: readonly string[];
}

class Counter {
  fields = 0;
  #tooDeep = false;
  /**
   * What a list holds that stands within a list of the same: the models of the connections of all models. Each level
   * multiplies the answer by what is stored.
   */
  #nestedList: string | null = null;
  /** A field that is asked for too often, as Type.field. */
  #repeated: string | null = null;
  readonly #times = new Map<string, number>();
  readonly #spreading = new Set<string>();

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>,
    private readonly maxDepth: number,
  ) {}

  reason(rootFields: number): string | null {
    if (rootFields > MAX_ROOT_FIELDS) return `more than ${String(MAX_ROOT_FIELDS)} fields at the top`;
    if (this.#tooDeep) return `fields nested deeper than ${String(MAX_DEPTH)} levels`;
    if (this.fields > MAX_FIELDS) return `more than ${String(MAX_FIELDS)} fields`;
    if (this.#repeated !== null) return `${this.#repeated} more than ${String(MAX_REPEATS)} times`;
    return this.#nestedList === null ? null : `a list of ${this.#nestedList} within another one`;
  }

  /** Counts the fields below; gives how many stand directly in this set. Stops counting once a limit is passed. */
  count(set: SelectionSetNode, place: Place): number {
    let direct = 0;
    for (const selection of set.selections) {
      if (this.fields > MAX_FIELDS || this.#tooDeep) return direct;
      this.fields += 1;
      if (selection.kind === Kind.FIELD) {
        direct += 1;
        this.#repeat(selection, place);
        if (place.depth > this.maxDepth) this.#tooDeep = true;
        else if (selection.selectionSet) this.count(selection.selectionSet, this.#below(selection, place));
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        direct += this.count(selection.selectionSet, this.#as(selection.typeCondition, place));
      } else {
        direct += this.#spread(selection.name.value, place);
      }
    }
    return direct;
  }

  #spread(name: string, place: Place): number {
    const fragment = this.fragments.get(name);
    // A fragment that holds itself is refused by another rule; here it must only not loop.
    if (!fragment || this.#spreading.has(name)) return 0;
    this.#spreading.add(name);
    const direct = this.count(fragment.selectionSet, this.#as(fragment.typeCondition, place));
    this.#spreading.delete(name);
    return direct;
  }

  #repeat({ name }: FieldNode, { type, depth }: Place): void {
    // Root fields have a limit of their own.
    if (depth === 1) return;
    const coordinate = `${type?.name ?? 'Unknown'}.${name.value}`;
    const times = (this.#times.get(coordinate) ?? 0) + 1;
    this.#times.set(coordinate, times);
    if (times > (coordinate.startsWith('__') ? MAX_META_REPEATS : MAX_REPEATS))
      this.#repeated = coordinate.slice(0, 100);
  }

  #below({ name }: FieldNode, { type, depth, lists }: Place): Place {
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name.value] : undefined;
    if (field === undefined) return { type: undefined, depth: depth + 1, lists };
    const held = getNamedType(field.type);
    if (!isListType(getNullableType(field.type))) return { type: held, depth: depth + 1, lists };
    // Introspection is weighed by what the schema has: introspection.ts.
    if (lists.includes(held.name) && !held.name.startsWith('__')) this.#nestedList = held.name;
    return { type: held, depth: depth + 1, lists: [...lists, held.name] };
  }

  #as(condition: NamedTypeNode | undefined, place: Place): Place {
    return condition === undefined ? place : { ...place, type: this.schema.getType(condition.name.value) };
  }
}
