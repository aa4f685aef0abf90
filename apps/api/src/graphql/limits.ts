import {
  getNamedType,
  getNullableType,
  GraphQLError,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type ASTVisitor,
  type FieldNode,
  type GraphQLNamedType,
  type NamedTypeNode,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';

/** Longest document in tokens. The admin app's largest has about 600. */
export const MAX_TOKENS = 4_000;
const MAX_DEPTH = 12;
/** Fields of a document with every fragment spread out, and the spreads, so that those cannot multiply without a field. */
const MAX_FIELDS = 1_500;
const MAX_ROOT_FIELDS = 20;
/** How often a document may ask for the same field of the same type: under many aliases it costs as much as many fields. */
const MAX_REPEATS = 50;

/** Refuses documents that would cost more than any honest one does, before anything of them runs. */
export function limitsRule(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition(operation) {
      const isIntrospection = operation.selectionSet.selections.every(
        (selection) => selection.kind === Kind.FIELD && selection.name.value.startsWith('__'),
      );
      const counter = new Counter(context, isIntrospection ? MAX_DEPTH + 8 : MAX_DEPTH);
      const root = { type: context.getSchema().getRootType(operation.operation), depth: 1, lists: [] };
      const rootFields = counter.count(operation.selectionSet, root);
      if (rootFields > MAX_ROOT_FIELDS) report(context, `more than ${MAX_ROOT_FIELDS} fields at the top`);
      else if (counter.tooDeep) report(context, `nested deeper than ${MAX_DEPTH} levels`);
      else if (counter.fields > MAX_FIELDS) report(context, `more than ${MAX_FIELDS} fields`);
      else if (counter.repeated !== null) report(context, `${counter.repeated} more than ${MAX_REPEATS} times`);
      else if (counter.nestedList !== null) report(context, `a list of ${counter.nestedList} within another one`);
    },
  };
}

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
  tooDeep = false;
  /**
   * What a list holds that stands within a list of the same: the models of the connections of all models. Each level
   * multiplies the answer by what is stored.
   */
  nestedList: string | null = null;
  /** A field that is asked for too often, as Type.field. */
  repeated: string | null = null;
  readonly #times = new Map<string, number>();
  readonly #spreading = new Set<string>();

  constructor(
    private readonly context: ValidationContext,
    private readonly maxDepth: number,
  ) {}

  /** Counts the fields below; gives how many stand directly in this set. Stops counting once a limit is passed. */
  count(set: SelectionSetNode, place: Place): number {
    let direct = 0;
    for (const selection of set.selections) {
      if (this.fields > MAX_FIELDS || this.tooDeep) return direct;
      this.fields += 1;
      if (selection.kind === Kind.FIELD) {
        direct += 1;
        this.#repeat(selection, place);
        if (place.depth > this.maxDepth) this.tooDeep = true;
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
    const fragment = this.context.getFragment(name);
    // A fragment that holds itself is refused by another rule; here it must only not loop.
    if (!fragment || this.#spreading.has(name)) return 0;
    this.#spreading.add(name);
    const direct = this.count(fragment.selectionSet, this.#as(fragment.typeCondition, place));
    this.#spreading.delete(name);
    return direct;
  }

  #repeat({ name }: FieldNode, { type, depth }: Place): void {
    // Root fields have a limit of their own, introspection a rule of graphql-js.
    if (!type || depth === 1 || type.name.startsWith('__')) return;
    const coordinate = `${type.name}.${name.value}`;
    const times = (this.#times.get(coordinate) ?? 0) + 1;
    this.#times.set(coordinate, times);
    if (times > MAX_REPEATS) this.repeated = coordinate;
  }

  #below({ name }: FieldNode, { type, depth, lists }: Place): Place {
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name.value] : undefined;
    if (field === undefined) return { type: undefined, depth: depth + 1, lists };
    const held = getNamedType(field.type);
    if (!isListType(getNullableType(field.type))) return { type: held, depth: depth + 1, lists };
    // Introspection is bounded by a rule of graphql-js.
    if (lists.includes(held.name) && !held.name.startsWith('__')) this.nestedList = held.name;
    return { type: held, depth: depth + 1, lists: [...lists, held.name] };
  }

  #as(condition: NamedTypeNode | undefined, place: Place): Place {
    return condition === undefined ? place : { ...place, type: this.context.getSchema().getType(condition.name.value) };
  }
}

function report(context: ValidationContext, what: string): void {
  context.reportError(
    new GraphQLError(`The query is too expensive: ${what}.`, { extensions: { code: 'QUERY_TOO_EXPENSIVE' } }),
  );
}
