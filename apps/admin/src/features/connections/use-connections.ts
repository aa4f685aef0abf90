import { useApolloClient, useQuery } from '@apollo/client/react';
import { useCallback, useMemo } from 'react';
import {
  ConnectionRefreshedDocument,
  ConnectionsDocument,
  type ConnectionKind,
  type ConnectionRow_connectionFragment,
} from '@intrallm/schema';
import { readFailure, type Failure } from '../../lib/error-codes.js';
import { forEachKind } from '../../lib/kinds.js';
import { keepConnection } from './cache-updates.js';
import { compareConnections } from './filter/filter.js';
import { uptimeHistoryStoreOf } from './uptime/uptime-history-store.js';
import { useUptimeHistories, type UptimeHistories } from './uptime/use-uptime-histories.js';

// Latency alone is no event of the status stream: it is read again in this interval.
const rowsEveryMs = 30_000;

export type Connection = ConnectionRow_connectionFragment;

export interface Connections extends UptimeHistories {
  /** Null until the first answer. In order. */
  byKind: Record<ConnectionKind, Connection[]> | null;
  /** Set while there is nothing to show because of it. */
  failure: Failure | null;
  reload: () => Promise<void>;
  /** Reads one connection with its history, and puts it into the list if it is new. */
  reloadOne: (id: string) => Promise<void>;
}

/** All connections with their last day. The histories come in a second answer, which the rows do not wait for. */
export function useConnections(): Connections {
  const skipPollAttempt = () => document.visibilityState === 'hidden';
  const list = useQuery(ConnectionsDocument, {
    fetchPolicy: 'cache-and-network',
    nextFetchPolicy: 'cache-first',
    pollInterval: rowsEveryMs,
    skipPollAttempt,
  });
  const { histories, reloadHistories, refreshHistories } = useUptimeHistories(list.data !== undefined);

  const byKind = useMemo(() => {
    if (!list.data) return null;
    const sorted = list.data.connections.toSorted(compareConnections);
    return forEachKind((wanted) => sorted.filter(({ kind }) => kind === wanted));
  }, [list.data]);

  const { refetch } = list;
  const reload = useCallback(async () => {
    // A reload that fails leaves what is there; the error of the query says so where nothing is.
    await refetch().catch(() => undefined);
  }, [refetch]);
  const client = useApolloClient();
  const reloadOne = useCallback(
    async (id: string) => {
      const query = { query: ConnectionRefreshedDocument, variables: { id }, fetchPolicy: 'no-cache' } as const;
      const answer = await client.query(query).catch(() => null);
      const connection = answer?.data?.connection;
      if (!connection) return;
      keepConnection(client.cache, connection);
      uptimeHistoryStoreOf(client).put(new Map([[id, connection.health.timeline]]));
    },
    [client],
  );

  return {
    byKind,
    histories,
    failure: !list.data && list.error ? readFailure(list.error) : null,
    reload,
    reloadOne,
    reloadHistories,
    refreshHistories,
  };
}
