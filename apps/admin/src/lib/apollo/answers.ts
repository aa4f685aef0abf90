import { ApolloLink, Observable, type ApolloClient } from '@apollo/client';

/** `askedAt` on the clock of `performance.now()`. */
type Listener = (askedAt: number) => void;

const listeners = new WeakMap<ApolloClient, Set<Listener>>();

/**
 * Tells of each answer once the store has it. An answer and the status stream come by different ways, so what an answer
 * says can be older than what the stream has told meanwhile; whoever writes the stream into the store writes it again.
 */
export const tellOfAnswers = new ApolloLink(
  (operation, forward) =>
    new Observable((observer) => {
      const askedAt = performance.now();
      return forward(operation).subscribe({
        next(result) {
          observer.next(result);
          setTimeout(() => {
            for (const listener of listeners.get(operation.client) ?? []) listener(askedAt);
          });
        },
        error: (error: unknown) => observer.error(error),
        complete: () => observer.complete(),
      });
    }),
);

/** Calls `listener` for each answer that the client is given from now on. Returns how to stop. */
export function onAnswer(client: ApolloClient, listener: Listener): () => void {
  const all = listeners.get(client) ?? new Set();
  listeners.set(client, all.add(listener));
  return () => void all.delete(listener);
}
