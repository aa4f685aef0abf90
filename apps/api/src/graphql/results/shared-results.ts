import {
  createSourceEventStream,
  execute,
  getOperationAST,
  Kind,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
} from 'graphql';
import type { RequestContext } from '../../auth/request-context.js';
import { viewerKey } from './viewer-key.js';

/**
 * Subscriptions whose source gives one and the same object to all who are told of an event, and whose results depend on
 * nothing but that event, document, variables, what the viewer may see and committed state.
 */
const SHARED = new Set(['connectionStatus']);

type Arguments = Omit<ExecutionArgs, 'contextValue'> & { readonly contextValue: RequestContext };
type Made = ExecutionResult | Promise<ExecutionResult>;

/** Runs subscriptions, and makes what many subscribers are told of an event once for all who see it alike. */
export class SharedResults {
  readonly #made = new WeakMap<object, Map<string, Made>>();
  readonly #documents = new WeakMap<DocumentNode, number>();
  #documentCount = 0;

  /** As `subscribe` of graphql-js does it. Documents are told apart by identity. */
  async subscribe(args: Arguments): Promise<ExecutionResult | AsyncIterableIterator<ExecutionResult>> {
    const events = await createSourceEventStream(args);
    if (!(Symbol.asyncIterator in events)) return events;
    const source = events[Symbol.asyncIterator]();
    const audience = this.#audienceOf(args);
    const end = async (value?: unknown): Promise<IteratorResult<ExecutionResult>> => {
      await source.return?.(value);
      return { done: true, value: undefined };
    };
    const results: AsyncIterableIterator<ExecutionResult> = {
      next: async () => {
        const next: IteratorResult<unknown, unknown> = await source.next();
        if (next.done === true) return { done: true, value: undefined };
        try {
          return { done: false, value: await this.#resultOf(next.value, audience, args) };
        } catch (error) {
          await end();
          throw error;
        }
      },
      return: end,
      throw: async (error) => {
        await end();
        throw error;
      },
      [Symbol.asyncIterator]: () => results,
    };
    return results;
  }

  #resultOf(event: unknown, audience: string | null, args: Arguments): Made {
    if (audience === null || typeof event !== 'object' || event === null) return execute({ ...args, rootValue: event });
    const made = this.#made.get(event) ?? new Map<string, Made>();
    this.#made.set(event, made);
    const kept = made.get(audience);
    if (kept !== undefined) return kept;
    const result = execute({ ...args, rootValue: event });
    made.set(audience, result);
    return result;
  }

  /** Those who ask the same and may see the same; null where the results are nobody else's. */
  #audienceOf({ document, operationName, variableValues, contextValue }: Arguments): string | null {
    const operation = getOperationAST(document, operationName);
    const [root, ...others] = operation?.selectionSet.selections ?? [];
    if (root?.kind !== Kind.FIELD || others.length > 0 || !SHARED.has(root.name.value)) return null;
    const number = this.#documents.get(document) ?? ++this.#documentCount;
    this.#documents.set(document, number);
    // What is declared has passed its type; what else came along decides nothing, and could be nested without end.
    const declared = operation?.variableDefinitions?.map(({ variable }) => variable.name.value) ?? [];
    const given = Object.entries(variableValues ?? {}).filter(([name]) => declared.includes(name));
    const values = given.sort(([one], [other]) => (one < other ? -1 : 1));
    return [number, operationName ?? '', viewerKey(contextValue.actor), JSON.stringify(values)].join('\n');
  }
}
