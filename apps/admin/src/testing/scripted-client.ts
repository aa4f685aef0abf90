import { ApolloClient, ApolloLink, Observable } from '@apollo/client';
import { tellOfAnswers } from '../lib/apollo/answers.js';
import { createCache } from '../lib/apollo/cache.js';

/** What an operation is answered with: its data, or errors as the API sends them. */
export type Answer =
  | { readonly data: Record<string, unknown> }
  | { readonly errors: readonly { readonly message: string; readonly extensions: Record<string, unknown> }[] };

// Each answer says itself what variables it takes: the test knows the operation by its name.
export type Script = Record<string, (variables: never) => Answer | Promise<Answer>>;

interface SentOperation {
  readonly name: string;
  readonly variables: Record<string, unknown>;
  aborted: boolean;
}

export interface ScriptedClient {
  readonly client: ApolloClient;
  /** Every operation that left the client, in order. */
  readonly sent: SentOperation[];
  /** The variables of every operation of one name, in order. */
  variablesOf(name: string): Record<string, unknown>[];
}

/** One API error, as it appears in an answer. */
export function apiError(code: string, more: Record<string, unknown> = {}): Answer {
  return { errors: [{ message: `refused: ${code}`, extensions: { code, requestId: 'test', ...more } }] };
}

const connectPlainly = (link: ApolloLink) =>
  new ApolloClient({
    link: ApolloLink.from([tellOfAnswers, link]),
    cache: createCache(),
    devtools: { enabled: false },
  });

/**
 * A real client over a network that answers by script. An operation outside the script fails.
 * Default of `connect`: a client with the app's cache, which tells of its answers.
 */
export function createScriptedClient(
  script: Script,
  connect: (link: ApolloLink) => ApolloClient = connectPlainly,
): ScriptedClient {
  const sent: SentOperation[] = [];
  const link = new ApolloLink(
    ({ operationName = '', variables, getContext }) =>
      new Observable((observer) => {
        const operation: SentOperation = { name: operationName, variables, aborted: false };
        sent.push(operation);
        // As the HTTP link does: the signal of the context ends the request.
        const { fetchOptions } = getContext() as { fetchOptions?: { signal?: AbortSignal } };
        fetchOptions?.signal?.addEventListener('abort', () => {
          operation.aborted = true;
        });
        const answer = script[operationName];
        if (!answer) {
          observer.error(new Error(`The test has no answer for ${operationName}`));
          return;
        }
        Promise.resolve(answer(variables as never)).then(
          (result) => {
            observer.next(result as ApolloLink.Result);
            observer.complete();
          },
          (error: unknown) => observer.error(error),
        );
      }),
  );
  const client = connect(link);
  return { client, sent, variablesOf: (name) => sent.filter((one) => one.name === name).map((one) => one.variables) };
}
