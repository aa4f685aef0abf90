import { useApolloClient } from '@apollo/client/react';
import { useCallback, useEffect, useRef, useState } from 'react';
import { RevealKeyDocument } from '@intrallm/schema';
import { readFailure, type Failure } from '../../../lib/error-codes.js';

/** A revealed key hides itself after this long. */
const revealedForMs = 30_000;

type Reveal =
  | { state: 'hidden'; failure: Failure | null }
  | { state: 'asking' }
  /** The sign-in is too long ago: the password is needed once more. */
  | { state: 'locked' }
  | { state: 'revealed'; apiKey: string; untilMs: number };

export interface RevealedKey {
  reveal: Reveal;
  show: () => Promise<void>;
  hide: () => void;
}

const hidden: Reveal = { state: 'hidden', failure: null };

/**
 * The key of one connection, for half a minute. It lives in this component's state and nowhere else: not in the
 * store, not after unmounting, not while the page is out of sight or has lost the focus of the window.
 */
export function useRevealedKey(id: string): RevealedKey {
  const client = useApolloClient();
  const [reveal, setReveal] = useState<Reveal>(hidden);
  const request = useRef(0);

  const hide = useCallback(() => {
    request.current += 1;
    setReveal(hidden);
  }, []);

  const show = useCallback(async () => {
    const own = ++request.current;
    setReveal({ state: 'asking' });
    try {
      const { data } = await client.mutate({ mutation: RevealKeyDocument, variables: { id }, fetchPolicy: 'no-cache' });
      if (own !== request.current || !data) return;
      setReveal({ state: 'revealed', apiKey: data.revealKey.apiKey, untilMs: Date.now() + revealedForMs });
    } catch (error) {
      if (own !== request.current) return;
      const failure = readFailure(error);
      setReveal(failure.code === 'REAUTH_REQUIRED' ? { state: 'locked' } : { state: 'hidden', failure });
    }
  }, [client, id]);

  const isRevealed = reveal.state === 'revealed';
  useEffect(() => {
    if (!isRevealed) return;
    const timer = setTimeout(hide, revealedForMs);
    const hideWhenOutOfSight = () => {
      if (document.visibilityState === 'hidden') hide();
    };
    window.addEventListener('blur', hide);
    window.addEventListener('pagehide', hide);
    document.addEventListener('visibilitychange', hideWhenOutOfSight);
    return () => {
      clearTimeout(timer);
      window.removeEventListener('blur', hide);
      window.removeEventListener('pagehide', hide);
      document.removeEventListener('visibilitychange', hideWhenOutOfSight);
    };
  }, [isRevealed, hide]);

  return { reveal, show, hide };
}
