import type { ApolloServerPlugin, GraphQLRequestContext } from '@apollo/server';
import { Kind, OperationTypeNode } from 'graphql';
import type { RequestContext } from '../auth/request-context.js';
import type { Versions } from '../events/versions.js';

/** Queries whose answer depends on nothing but document, variables, the viewer's scopes and committed state. */
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

/** Health shows time itself (uptime, buckets, a check under way), so such an answer is made anew at least this often. */
const HEALTH_SLOT_MS = 1_000;

interface Options {
  readonly versions: Versions;
  /** Texts kept, in UTF-16 code units. */
  readonly maxSize: number;
  readonly now?: () => number;
}

/**
 * Answers a hot query from the text made for the first one. Apollo's own hook is not enough: serialising again is most
 * of the cost, so `stringify` gives the kept text for the kept data.
 */
export class ResultCache {
  readonly #texts = new Map<string, { readonly text: string; readonly data: object }>();
  readonly #textOfData = new WeakMap<object, string>();
  readonly #keyOfData = new WeakMap<object, string>();
  #size = 0;

  constructor(private readonly options: Options) {}

  /** Apollo's `stringifyResult`. */
  readonly stringify = (result: { data?: unknown; errors?: unknown; extensions?: unknown }): string => {
    const { data } = result;
    if (typeof data !== 'object' || data === null) return JSON.stringify(result);
    const kept = this.#textOfData.get(data);
    if (kept !== undefined) return kept;
    const text = JSON.stringify(result);
    const key = this.#keyOfData.get(data);
    if (key !== undefined) this.#keep(key, text);
    return text;
  };

  readonly plugin: ApolloServerPlugin<RequestContext> = {
    requestDidStart: async () => {
      let key: string | null = null;
      return {
        responseForOperation: async (request) => {
          key = this.#keyOf(request);
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
          if (data && errors === undefined) this.#keyOfData.set(data, key);
        },
      };
    },
  };

  #keyOf(request: GraphQLRequestContext<RequestContext>): string | null {
    const { operation, document, queryHash, contextValue } = request;
    if (operation?.operation !== OperationTypeNode.QUERY || document === undefined) return null;
    const isCacheable = operation.selectionSet.selections.every(
      (selection) => selection.kind === Kind.FIELD && CACHEABLE.has(selection.name.value),
    );
    if (!isCacheable) return null;
    const { versions, now = Date.now } = this.options;
    const showsHealth = /\b(health|latencyMs|connectionStatuses)\b/.test(request.source ?? '');
    const state = showsHealth
      ? `${versions.catalogue}.${versions.health}.${Math.floor(now() / HEALTH_SLOT_MS)}`
      : String(versions.catalogue);
    const viewer = [...contextValue.actor.scopes].sort().join(' ');
    const variables = JSON.stringify(request.request.variables ?? null);
    return [queryHash, request.request.operationName ?? '', state, viewer, variables].join('\n');
  }

  /** A key that is read moves to the end: what is dropped first is what was not asked for longest. */
  #take(key: string): { readonly data: object } | undefined {
    const kept = this.#texts.get(key);
    if (kept === undefined) return undefined;
    this.#texts.delete(key);
    this.#texts.set(key, kept);
    return kept;
  }

  #keep(key: string, text: string): void {
    if (text.length > this.options.maxSize / 4 || this.#texts.has(key)) return;
    // A stand-in for the data: the objects themselves need not live as long as their text.
    const standIn = {};
    this.#textOfData.set(standIn, text);
    this.#texts.set(key, { text, data: standIn });
    this.#size += text.length;
    for (const [oldest, kept] of this.#texts) {
      if (this.#size <= this.options.maxSize) return;
      this.#texts.delete(oldest);
      this.#size -= kept.text.length;
    }
  }
}
