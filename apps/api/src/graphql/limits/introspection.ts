import {
  executeSync,
  getIntrospectionQuery,
  getNamedType,
  isListType,
  getNullableType,
  isObjectType,
  Kind,
  parse,
  print,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  type IntrospectionOptions,
  type SelectionSetNode,
} from 'graphql';

/** Fields of the schema that one answer may have: about thirty milliseconds, which cannot be cut into turns. */
export const MOST_INTROSPECTED = 20_000;
/** And for a stranger, who asks what somebody is there or how something is called. */
export const MOST_INTROSPECTED_BY_STRANGERS = 500;

/** What a document asks of the schema itself. */
export interface Introspected {
  /** Fields of the answer; counting stops above what anybody may ask for. */
  readonly fields: number;
  /** The answer to one of the documents that tools send, made once; null: it is another document. */
  readonly usual: (() => string) | null;
}

const OPTIONS = [
  'descriptions',
  'specifiedByUrl',
  'directiveIsRepeatable',
  'schemaDescription',
  'inputValueDeprecation',
  'oneOf',
] as const satisfies readonly (keyof IntrospectionOptions)[];

/** Weighs what documents ask of the schema, and answers what tools ask from a text that is made once. */
export class Introspection {
  /** The usual documents, as they are printed, with their answers once they were asked for. */
  readonly #usual = new Map<string, string | null>();

  constructor(private readonly schema: GraphQLSchema) {
    for (let choice = 0; choice < 2 ** OPTIONS.length; choice += 1) {
      const options = Object.fromEntries(OPTIONS.map((name, index) => [name, ((choice >> index) & 1) === 1]));
      this.#usual.set(print(parse(getIntrospectionQuery(options))), null);
    }
  }

  /** Null where nothing is asked of the schema. The document is a valid one. */
  of(document: DocumentNode): Introspected | null {
    const fields = new Weigher(this.schema, document).weigh();
    if (fields === 0) return null;
    const text = print(document);
    const usual = this.#usual.has(text) ? () => this.#answer(text, document) : null;
    return { fields, usual };
  }

  #answer(text: string, document: DocumentNode): string {
    const kept = this.#usual.get(text);
    if (typeof kept === 'string') return kept;
    const made = JSON.stringify(executeSync({ schema: this.schema, document }));
    this.#usual.set(text, made);
    return made;
  }
}

/** Counts the fields of an answer about the schema by walking the schema itself, each part once for each selection. */
class Weigher {
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  readonly #known = new Map<SelectionSetNode, Map<unknown, number>>();

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly document: DocumentNode,
  ) {
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) this.#fragments.set(definition.name.value, definition);
    }
  }

  /** Of the operation that asks for most; 0: none asks. */
  weigh(): number {
    const schemaType = this.#metaType('__Schema');
    const typeType = this.#metaType('__Type');
    let most = 0;
    for (const definition of this.document.definitions) {
      if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
      let fields = 0;
      for (const { name, set } of this.#fieldsOf(definition.selectionSet)) {
        if (set === undefined) continue;
        if (name === '__schema') fields += 1 + this.#count(set, schemaType, this.schema);
        // Whichever type it is that a variable names.
        if (name === '__type') {
          const types = Object.values(this.schema.getTypeMap());
          fields += 1 + Math.max(...types.map((type) => this.#count(set, typeType, type)));
        }
      }
      most = Math.max(most, fields);
    }
    return most;
  }

  #count(set: SelectionSetNode, type: GraphQLObjectType, value: unknown): number {
    const known = this.#known.get(set) ?? new Map<unknown, number>();
    this.#known.set(set, known);
    const before = known.get(value);
    if (before !== undefined) return before;
    let fields = 0;
    for (const { name, set: below } of this.#fieldsOf(set)) {
      fields += 1;
      const field = type.getFields()[name];
      if (below === undefined || field?.resolve === undefined) continue;
      const child: unknown = field.resolve(value, { includeDeprecated: true }, undefined, {
        schema: this.schema,
      } as never);
      const held = getNamedType(field.type);
      if (child === null || child === undefined || !isObjectType(held)) continue;
      const items = isListType(getNullableType(field.type)) ? Array.from(child as Iterable<unknown>) : [child];
      for (const item of items) fields += this.#count(below, held, item);
    }
    known.set(value, fields);
    return fields;
  }

  *#fieldsOf(set: SelectionSetNode): Generator<{ name: string; set: SelectionSetNode | undefined }> {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) yield { name: selection.name.value, set: selection.selectionSet };
      else if (selection.kind === Kind.INLINE_FRAGMENT) yield* this.#fieldsOf(selection.selectionSet);
      else {
        const fragment = this.#fragments.get(selection.name.value);
        if (fragment) yield* this.#fieldsOf(fragment.selectionSet);
      }
    }
  }

  #metaType(name: string): GraphQLObjectType {
    const type = this.schema.getType(name);
    if (!isObjectType(type)) throw new Error(`the schema has no ${name}`);
    return type;
  }
}
