import { useApolloClient } from '@apollo/client/react';
import { useCallback, useEffect, useSyncExternalStore } from 'react';
import { ConnectionRefreshedDocument, ConnectionStripsDocument } from '@intrallm/schema';
import { useSession } from '../../../lib/session/session-context.js';
import { uptimeHistoryStoreOf } from './uptime-history-store.js';
import type { Bucket } from './uptime-history.js';

/** A history grows by itself. */
const historiesEveryMs = 5 * 60_000;
/** Of more than these all are read in one go. */
const historiesAtOnce = 5;

export interface UptimeHistories {
  histories: ReadonlyMap<string, readonly Bucket[]>;
  reloadHistories: () => void;
  /** Reads the histories of these connections again. */
  refreshHistories: (ids: readonly string[]) => void;
}

/** The last day of every connection, read again now and then. Nothing is read before it `isWanted`. */
export function useUptimeHistories(isWanted: boolean): UptimeHistories {
  const client = useApolloClient();
  const { epoch } = useSession();
  const store = uptimeHistoryStoreOf(client);
  const histories = useSyncExternalStore(store.subscribe, store.read);

  // A reading that fails leaves the histories as they were: the next one brings them.
  const reloadHistories = useCallback(() => {
    const read = client.query({ query: ConnectionStripsDocument, fetchPolicy: 'no-cache' });
    void read.then(
      ({ data }) => data && store.replace(new Map(data.strips.map(({ id, health }) => [id, health.timeline]))),
      () => undefined,
    );
  }, [client, store]);
  const refreshHistories = useCallback(
    (ids: readonly string[]) => {
      if (ids.length > historiesAtOnce) {
        reloadHistories();
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
    [client, store, reloadHistories],
  );

  useEffect(() => {
    if (!isWanted) return;
    reloadHistories();
    const timer = setInterval(() => {
      if (document.visibilityState !== 'hidden') reloadHistories();
    }, historiesEveryMs);
    return () => clearInterval(timer);
    // Under another session they are read again.
  }, [isWanted, epoch, reloadHistories]);

  return { histories, reloadHistories, refreshHistories };
}
