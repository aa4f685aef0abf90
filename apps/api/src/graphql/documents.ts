import { createHash } from 'node:crypto';
import {
  GraphQLError,
  parse,
  specifiedRules,
  validate,
  type DocumentNode,
  type GraphQLSchema,
  type ValidationRule,
} from 'graphql';
import { Introspection, type Introspected } from './limits/introspection.js';
import { MAX_TOKENS, tooExpensive, whatIsTooMuch } from './limits/limits.js';

/** Longest document, in UTF-16 code units: long values belong into variables. */
const MAX_LENGTH = 100_000;
/** How many errors of one document are told. */
const MAX_ERRORS = 10;
/** How many documents are kept, and how long all of them together may be. */
const KEPT = { documents: 500, characters: 4_000_000 };

export type Prepared =
  | {
      readonly document: DocumentNode;
      readonly errors: null;
      /** What it asks about the schema itself; null: nothing. */
      readonly introspected: Introspected | null;
    }
  | { readonly document: null; readonly errors: readonly GraphQLError[] };

/**
 * Parses and validates documents, each text once: thousands of clients send the same few. A document that is too
 * expensive is refused before it is validated, because validation takes far longer than parsing.
 */
export class Documents {
  readonly #kept = new Map<string, Prepared>();
  readonly #byHash = new Map<string, DocumentNode>();
  readonly #introspection: Introspection;
  #characters = 0;

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly moreRules: readonly ValidationRule[] = [],
  ) {
    this.#introspection = new Introspection(schema);
  }

  prepare(text: string): Prepared {
    if (text.length > MAX_LENGTH)
      return failed([tooExpensive(`more than ${MAX_LENGTH.toLocaleString('en-US')} characters`)]);
    const kept = this.#kept.get(text);
    if (kept !== undefined) return kept;
    const made = this.#prepare(text);
    // Documents with errors are not kept: a stranger must not push out those in use, and the errors are quickly found
    // again.
    if (made.document !== null) this.#keep(text, made);
    return made;
  }

  /** A document that was prepared, by the SHA-256 of its text in hexadecimal. */
  findByHash(hash: string): DocumentNode | undefined {
    return this.#byHash.get(hash);
  }

  #prepare(text: string): Prepared {
    let document: DocumentNode;
    try {
      document = parse(text, { maxTokens: MAX_TOKENS });
    } catch (error) {
      return failed([unparsable(error)]);
    }
    const tooMuch = whatIsTooMuch(this.schema, document);
    if (tooMuch !== null) return failed([tooExpensive(tooMuch)]);
    const errors = validate(this.schema, document, [...specifiedRules, ...this.moreRules], { maxErrors: MAX_ERRORS });
    if (errors.length > 0) return failed(errors);
    return { document, errors: null, introspected: this.#introspection.of(document) };
  }

  #keep(text: string, made: Prepared & { readonly document: DocumentNode }): void {
    this.#kept.set(text, made);
    this.#byHash.set(hashOf(text), made.document);
    this.#characters += text.length;
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= KEPT.documents && this.#characters <= KEPT.characters) return;
      this.#kept.delete(oldest);
      this.#byHash.delete(hashOf(oldest));
      this.#characters -= oldest.length;
    }
  }
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

const failed = (errors: readonly GraphQLError[]): Prepared => ({ document: null, errors });

function unparsable(error: unknown): GraphQLError {
  // The document is nested so deep that the parser has no stack left, or is longer than it reads.
  if (error instanceof RangeError) return tooExpensive('anything nested that deep');
  if (!(error instanceof GraphQLError)) throw error;
  return error.message.includes('token limit') || error.message.includes('tokens. Parsing aborted')
    ? tooExpensive(`more than ${MAX_TOKENS.toLocaleString('en-US')} tokens`)
    : error;
}
