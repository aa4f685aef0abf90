import { useApolloClient } from '@apollo/client/react';
import { useCallback, useEffect, useRef, useState } from 'react';
import { type VerifyConnectionInput, type VerifyConnectionMutation, VerifyConnectionDocument } from '@intrallm/schema';

export type Verification = VerifyConnectionMutation['verifyConnection'];

/** What is known of one set of values: `of` tells which, so that an answer is never shown for other ones. */
export type CheckRun =
  | { readonly state: 'idle' }
  | { readonly state: 'running'; readonly of: string }
  | { readonly state: 'answered'; readonly of: string; readonly verification: Verification }
  | { readonly state: 'failed'; readonly of: string; readonly error: unknown };

const IDLE: CheckRun = { state: 'idle' };

export interface VerificationHandle {
  readonly run: CheckRun;
  /**
   * Starts a check and aborts the one before it, whose answer is dropped. Never rejects; null: overtaken or aborted.
   */
  readonly check: (input: VerifyConnectionInput) => Promise<CheckRun | null>;
  /** Forgets the last answer, and aborts a running check. */
  readonly reset: () => void;
}

/** Identifies the values that a check was about. */
export function signatureOf(input: VerifyConnectionInput): string {
  return JSON.stringify(input);
}

/** Tries an endpoint before it is saved. At most one check runs; it ends with the component. */
export function useVerification(): VerificationHandle {
  const client = useApolloClient();
  const [run, setRun] = useState<CheckRun>(IDLE);
  const running = useRef<AbortController | null>(null);

  const abort = useCallback(() => {
    running.current?.abort();
    running.current = null;
  }, []);
  useEffect(() => abort, [abort]);

  const check = useCallback(
    async (input: VerifyConnectionInput) => {
      abort();
      const mine = new AbortController();
      running.current = mine;
      const of = signatureOf(input);
      setRun({ state: 'running', of });
      const result = await client
        .mutate({
          mutation: VerifyConnectionDocument,
          variables: { input },
          // The variables hold the key; with a cache policy they would stay in the cache's mutation record.
          fetchPolicy: 'no-cache',
          context: { fetchOptions: { signal: mine.signal } },
        })
        .then(({ data }): CheckRun => {
          if (!data) throw new Error('The check was answered without data.');
          return { state: 'answered', of, verification: data.verifyConnection };
        })
        .catch((error: unknown): CheckRun => ({ state: 'failed', of, error }));
      if (running.current !== mine) return null;
      running.current = null;
      setRun(result);
      return result;
    },
    [abort, client],
  );

  const reset = useCallback(() => {
    abort();
    setRun(IDLE);
  }, [abort]);

  return { run, check, reset };
}
