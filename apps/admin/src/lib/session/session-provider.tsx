import { useApolloClient, useQuery } from '@apollo/client/react';
import { useCallback, useEffect, useMemo, useState, type ReactNode } from 'react';
import { SessionDocument, SignOutDocument } from '@intrallm/schema';
import { readFailure } from '../error-codes.js';
import { SessionContext, type Instance, type Session, type SessionValue } from './session-context.js';
import type { SessionSignals } from './session-signals.js';

/** Assumed while a cookie that is no longer valid keeps the server from telling: a password is the usual way in. */
const unknownInstance: Instance = { needsSetUp: false, passwordSignIn: true, singleSignOnUrl: null, version: null };

interface SessionProviderProps {
  /** Where `createClient` reports that nobody is signed in. */
  signals: SessionSignals;
  children: ReactNode;
}

export function SessionProvider({ signals, children }: SessionProviderProps) {
  const client = useApolloClient();
  const { data, error, refetch } = useQuery(SessionDocument, {
    fetchPolicy: 'cache-and-network',
    nextFetchPolicy: 'cache-first',
  });
  const [expired, setExpired] = useState(false);
  const [epoch, setEpoch] = useState(0);

  const expire = useCallback(() => setExpired(true), []);
  useEffect(() => signals.onExpired(expire), [signals, expire]);

  // Whoever it is now sees nothing that was read for somebody else: that is forgotten before they are known here.
  const readAgain = useCallback(async () => {
    const before = client.readQuery({ query: SessionDocument })?.me?.id;
    const { data: now } = await client.query({ query: SessionDocument, fetchPolicy: 'no-cache' });
    if (before && before !== now?.me?.id) await client.clearStore();
    await refetch();
  }, [client, refetch]);
  useEffect(() => signals.onOtherTab(() => void readAgain().catch(expire)), [signals, readAgain, expire]);

  const signedIn = useCallback(async () => {
    await readAgain();
    setExpired(false);
    setEpoch((count) => count + 1);
    signals.tellOtherTabs();
  }, [readAgain, signals]);

  const signOut = useCallback(async () => {
    await client.mutate({ mutation: SignOutDocument, fetchPolicy: 'no-cache' });
    await client.clearStore();
    await refetch();
    setExpired(false);
    signals.tellOtherTabs();
  }, [client, refetch, signals]);

  const value = useMemo<SessionValue>(() => {
    const session = ((): Session => {
      if (data?.me) return { state: 'signedIn', instance: data.instance, viewer: data.me, expired };
      if (data) return { state: 'signedOut', instance: data.instance };
      if (!error) return { state: 'loading' };
      const failure = readFailure(error);
      if (failure.code === 'UNAUTHENTICATED') return { state: 'signedOut', instance: unknownInstance };
      return { state: 'unreachable', failure, retry: () => void refetch().catch(() => undefined) };
    })();
    return { session, epoch, signedIn, signOut, expire };
  }, [data, error, expired, epoch, refetch, signedIn, signOut, expire]);

  return <SessionContext value={value}>{children}</SessionContext>;
}
