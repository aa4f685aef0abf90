import { useApolloClient } from '@apollo/client/react';
import { useCallback, useEffect, useSyncExternalStore } from 'react';
import { ConnectionRefreshedDocument, ConnectionStripsDocument } from '@intrallm/schema';
import { useSession } from '../../../lib/session/session-context.js';
import { stripStoreOf } from './strip-store.js';
import type { Bucket } from './strip.js';

/** A strip grows by itself. */
const stripsEveryMs = 5 * 60_000;
/** Of more than these all are read in one go. */
const stripsAtOnce = 5;

export interface Strips {
  strips: ReadonlyMap<string, readonly Bucket[]>;
  reloadStrips: () => void;
  /** Reads the strips of these connections again. */
  refreshStrips: (ids: readonly string[]) => void;
}

/** The last day of every connection, read again now and then. Nothing is read before it `isWanted`. */
export function useStrips(isWanted: boolean): Strips {
  const client = useApolloClient();
  const { epoch } = useSession();
  const store = stripStoreOf(client);
  const strips = useSyncExternalStore(store.subscribe, store.read);

  // A reading that fails leaves the strips as they were: the next one brings them.
  const reloadStrips = useCallback(() => {
    const read = client.query({ query: ConnectionStripsDocument, fetchPolicy: 'no-cache' });
    void read.then(
      ({ data }) => data && store.replace(new Map(data.strips.map(({ id, health }) => [id, health.timeline]))),
      () => undefined,
    );
  }, [client, store]);
  const refreshStrips = useCallback(
    (ids: readonly string[]) => {
      if (ids.length > stripsAtOnce) {
        reloadStrips();
        return;
      }
      for (const id of ids) {
        const query = { query: ConnectionRefreshedDocument, variables: { id }, fetchPolicy: 'no-cache' } as const;
        void client.query(query).then(
          ({ data }) => data?.connection && store.put(new Map([[id, data.connection.health.timeline]])),
          () => undefined,
        );
      }
    },
    [client, store, reloadStrips],
  );

  useEffect(() => {
    if (!isWanted) return;
    reloadStrips();
    const timer = setInterval(() => {
      if (document.visibilityState !== 'hidden') reloadStrips();
    }, stripsEveryMs);
    return () => clearInterval(timer);
    // Under another session they are read again.
  }, [isWanted, epoch, reloadStrips]);

  return { strips, reloadStrips, refreshStrips };
}
