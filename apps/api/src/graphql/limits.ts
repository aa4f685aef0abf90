import { GraphQLError, Kind, type ASTVisitor, type SelectionSetNode, type ValidationContext } from 'graphql';

/** Longest document in tokens. The admin app's largest has about 600. */
export const MAX_TOKENS = 4_000;
const MAX_DEPTH = 12;
/** Fields of a document with every fragment spread out, and the spreads, so that those cannot multiply without a field. */
const MAX_FIELDS = 1_500;
const MAX_ROOT_FIELDS = 20;

/** Refuses documents that would cost more than any honest one does, before anything of them runs. */
export function limitsRule(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition(operation) {
      const isIntrospection = operation.selectionSet.selections.every(
        (selection) => selection.kind === Kind.FIELD && selection.name.value.startsWith('__'),
      );
      const counter = new Counter(context);
      const rootFields = counter.count(operation.selectionSet, 1, isIntrospection ? MAX_DEPTH + 8 : MAX_DEPTH);
      if (rootFields > MAX_ROOT_FIELDS) report(context, `more than ${MAX_ROOT_FIELDS} fields at the top`);
      else if (counter.tooDeep) report(context, `nested deeper than ${MAX_DEPTH} levels`);
      else if (counter.fields > MAX_FIELDS) report(context, `more than ${MAX_FIELDS} fields`);
    },
  };
}

class Counter {
  fields = 0;
  tooDeep = false;
  readonly #spreading = new Set<string>();

  constructor(private readonly context: ValidationContext) {}

  /** Counts the fields below; gives how many stand directly in this set. Stops counting once a limit is passed. */
  count(set: SelectionSetNode, depth: number, maxDepth: number): number {
    let direct = 0;
    for (const selection of set.selections) {
      if (this.fields > MAX_FIELDS || this.tooDeep) return direct;
      this.fields += 1;
      if (selection.kind === Kind.FIELD) {
        direct += 1;
        if (depth > maxDepth) this.tooDeep = true;
        else if (selection.selectionSet) this.count(selection.selectionSet, depth + 1, maxDepth);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        direct += this.count(selection.selectionSet, depth, maxDepth);
      } else {
        direct += this.spread(selection.name.value, depth, maxDepth);
      }
    }
    return direct;
  }

  private spread(name: string, depth: number, maxDepth: number): number {
    const fragment = this.context.getFragment(name);
    // A fragment that holds itself is refused by another rule; here it must only not loop.
    if (!fragment || this.#spreading.has(name)) return 0;
    this.#spreading.add(name);
    const direct = this.count(fragment.selectionSet, depth, maxDepth);
    this.#spreading.delete(name);
    return direct;
  }
}

function report(context: ValidationContext, what: string): void {
  context.reportError(
    new GraphQLError(`The query is too expensive: ${what}.`, { extensions: { code: 'QUERY_TOO_EXPENSIVE' } }),
  );
}
