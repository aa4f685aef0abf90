import type { ApolloServerPlugin, GraphQLRequestContext } from '@apollo/server';
import { Kind, OperationTypeNode } from 'graphql';
import type { Actor } from '../../auth/actor.js';
import type { RequestContext } from '../../auth/request-context.js';
import type { Versions } from '../../events/versions.js';
import { viewerKey } from './viewer-key.js';

/** Queries whose answer depends on nothing but document, variables, what the viewer may see and committed state. */
const CACHEABLE = new Set([
  'connections',
  'connection',
  'connectionStatuses',
  'models',
  'model',
  'modelCount',
  'servedModels',
  '__typename',
]);

/**
 * Health shows time itself (uptime, buckets, a check under way), so such an answer is made anew at least this often.
 */
const HEALTH_SLOT_MS = 1_000;

/** Documents that are recognised by their text, and the longest of them in UTF-16 code units. */
const RECOGNISED = { limit: 500, longest: 10_000 };

/** What of a request's body decides its answer. */
interface Asked {
  readonly query: string;
  readonly operationName: string | null;
  readonly variables: unknown;
}

interface Kept {
  /** UTF-8: turning a large text into bytes for each answer would cost as much as sending it. */
  readonly bytes: Buffer;
  /** What stands in the pipeline for the data: the objects themselves need not live as long as their text. */
  readonly data: object;
}

interface Recognised {
  readonly queryHash: string;
  readonly showsHealth: boolean;
  /** Names of the variables that the operation declares: no other one counts. */
  readonly variables: readonly string[];
}

/** In UTF-16 code units: an answer to longer variables is not likely to be asked for again. */
const LONGEST_VARIABLES = 4_000;

interface Options {
  readonly versions: Versions;
  /** Of all answers kept. One that takes more than a quarter is not kept. */
  readonly maxBytes: number;
  readonly now?: () => number;
}

/**
 * Answers a hot query from the text made for the first one. Apollo's own hook is not enough: serialising again is most
 * of the cost of a large answer, so `stringify` gives the kept text for the kept data; and Apollo itself is most of the
 * cost of a small one, so `find` gives the text before Apollo is asked.
 */
export class ResultCache {
  readonly #kept = new Map<string, Kept>();
  readonly #bytesOfData = new WeakMap<object, Buffer>();
  readonly #keyOfData = new WeakMap<object, string>();
  readonly #textOfData = new WeakMap<object, string>();
  /** Cacheable documents that were parsed, validated and run without an error, by operation name and text. */
  readonly #recognised = new Map<string, Recognised>();
  #size = 0;

  constructor(private readonly options: Options) {}

  /**
   * The kept answer to the body of a `POST /graphql`, or undefined: then the pipeline has to make it. Only what went
   * through the pipeline before is kept, and what the viewer may see is a part of what it is found by.
   */
  find(body: unknown, viewer: Actor): Buffer | undefined {
    const asked = readBody(body);
    if (asked === null) return undefined;
    const recognised = this.#recognised.get(nameOf(asked));
    if (recognised === undefined) return undefined;
    const key = this.#keyOf(recognised, asked, viewer);
    return key === null ? undefined : this.#take(key)?.bytes;
  }

  /** The text of an answer's data, which was made in turns before `stringify` is asked for the whole answer. */
  keepText(data: object, text: string): void {
    this.#textOfData.set(data, text);
  }

  /** Apollo's `stringifyResult`. */
  readonly stringify = (result: { data?: unknown; errors?: unknown; extensions?: unknown }): string => {
    const { data, ...others } = result;
    if (typeof data !== 'object' || data === null) return JSON.stringify(result);
    const kept = this.#bytesOfData.get(data);
    if (kept !== undefined) return kept.toString();
    const made = this.#textOfData.get(data);
    const text = made === undefined ? JSON.stringify(result) : withData(others, made);
    const key = this.#keyOfData.get(data);
    if (key !== undefined) this.#keep(key, text);
    return text;
  };

  readonly plugin: ApolloServerPlugin<RequestContext> = {
    requestDidStart: async () => {
      let key: string | null = null;
      let remember = (): void => undefined;
      return {
        responseForOperation: async (request) => {
          const recognised = recognise(request);
          if (recognised === null) return null;
          const { operationName = null, variables } = request.request;
          const asked = { query: request.source, operationName, variables };
          key = this.#keyOf(recognised, asked, request.contextValue.actor);
          remember = () => this.#recognise(asked, recognised);
          const kept = key === null ? undefined : this.#take(key);
          if (kept === undefined) return null;
          key = null;
          return {
            http: request.response.http,
            body: { kind: 'single', singleResult: { data: kept.data as Record<string, unknown> } },
          };
        },
        willSendResponse: async ({ response }) => {
          if (key === null || response.body.kind !== 'single') return;
          const { data, errors } = response.body.singleResult;
          if (!data || errors !== undefined) return;
          this.#keyOfData.set(data, key);
          remember();
        },
      };
    },
  };

  /** Null where the answer is not to be kept. */
  #keyOf(
    { queryHash, showsHealth, variables: declared }: Recognised,
    { operationName, variables }: Asked,
    viewer: Actor,
  ): string | null {
    const values = textOf(declared, variables);
    if (values === null) return null;
    const { versions, now = () => performance.now() } = this.options;
    const state = showsHealth
      ? `${versions.catalogue}.${versions.health}.${Math.floor(now() / HEALTH_SLOT_MS)}`
      : String(versions.catalogue);
    return [queryHash, operationName ?? '', state, viewerKey(viewer), values].join('\n');
  }

  #recognise(asked: Asked, recognised: Recognised): void {
    const name = nameOf(asked);
    if (name.length > RECOGNISED.longest) return;
    this.#recognised.set(name, recognised);
    const [oldest] = this.#recognised.keys();
    if (this.#recognised.size > RECOGNISED.limit && oldest !== undefined) this.#recognised.delete(oldest);
  }

  /** A key that is read moves to the end: what is dropped first is what was not asked for longest. */
  #take(key: string): Kept | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    return kept;
  }

  #keep(key: string, text: string): void {
    if (text.length > this.options.maxBytes / 4 || this.#kept.has(key)) return;
    const kept = { bytes: Buffer.from(text), data: {} };
    this.#bytesOfData.set(kept.data, kept.bytes);
    this.#kept.set(key, kept);
    this.#size += sizeOf(key, kept);
    for (const [oldest, other] of this.#kept) {
      if (this.#size <= this.options.maxBytes) return;
      this.#kept.delete(oldest);
      this.#size -= sizeOf(oldest, other);
    }
  }
}

/** The whole answer around the text of its data. */
function withData(others: object, data: string): string {
  const before = JSON.stringify(others).slice(1, -1);
  return `{${before}${before === '' ? '' : ','}"data":${data}}`;
}

/** What an entry takes: its text, its key, and what the maps and objects around them cost at least. */
const sizeOf = (key: string, { bytes }: Kept): number => bytes.length + 2 * key.length + 500;

/** The declared ones of the variables; null where they are too long, or nested too deep to be written. */
function textOf(declared: readonly string[], variables: unknown): string | null {
  if (declared.length === 0 || typeof variables !== 'object' || variables === null) return '';
  const given = variables as Record<string, unknown>;
  try {
    const text = JSON.stringify(declared.map((name) => (Object.hasOwn(given, name) ? [given[name]] : [])));
    return text.length > LONGEST_VARIABLES ? null : text;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

const nameOf = ({ query, operationName }: Asked): string => `${operationName ?? ''}\n${query}`;

/** What a cacheable operation is known by; null for every other. */
function recognise({ operation, document, queryHash, source }: GraphQLRequestContext<RequestContext>) {
  if (operation?.operation !== OperationTypeNode.QUERY || document === undefined || queryHash === undefined)
    return null;
  const names = operation.selectionSet.selections.map((one) => (one.kind === Kind.FIELD ? one.name.value : ''));
  // What the schema alone answers costs nothing to make.
  if (!names.every((name) => CACHEABLE.has(name)) || names.every((name) => name === '__typename')) return null;
  return {
    queryHash,
    showsHealth: /\b(health|warnings|latencyMs|connectionStatuses)\b/.test(source ?? ''),
    variables: (operation.variableDefinitions ?? []).map(({ variable }) => variable.name.value),
  };
}

/** Null where it has anything that Apollo might judge otherwise. */
function readBody(body: unknown): Asked | null {
  if (typeof body !== 'object' || body === null) return null;
  const { query, operationName = null, variables, extensions } = body as Record<string, unknown>;
  if (typeof query !== 'string' || extensions !== undefined) return null;
  if (operationName !== null && typeof operationName !== 'string') return null;
  return { query, operationName, variables };
}
