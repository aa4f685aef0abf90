import { skipToken, useApolloClient, useQuery } from '@apollo/client/react';
import {
  ConnectionRefreshedDocument,
  ConnectionsDocument,
  ConnectionStripsDocument,
  type ConnectionKind,
  type ConnectionRow_connectionFragment,
} from '@intrallm/schema';
import { useCallback, useMemo } from 'react';
import { readFailure, type Failure } from '../../lib/error-codes.js';
import { keepConnection } from './cache-updates.js';
import { compareConnections } from './filter.js';
import type { Bucket } from './strip.js';

// Latency alone is no event of the status stream, and a strip grows by itself: both are read again in these intervals.
const rowsEveryMs = 30_000;
const stripsEveryMs = 5 * 60_000;

export type Connection = ConnectionRow_connectionFragment;

export interface Connections {
  /** Null until the first answer. In order. */
  byKind: Record<ConnectionKind, Connection[]> | null;
  strips: ReadonlyMap<string, readonly Bucket[]>;
  /** Set while there is nothing to show because of it. */
  failure: Failure | null;
  reload: () => Promise<void>;
  /** Reads one connection with its strip, and puts it into the list if it is new. */
  reloadOne: (id: string) => Promise<void>;
  reloadStrips: () => void;
}

/** All connections with their last day. The strips come in a second answer, which the rows do not wait for. */
export function useConnections(): Connections {
  const skipPollAttempt = () => document.visibilityState === 'hidden';
  const list = useQuery(ConnectionsDocument, {
    fetchPolicy: 'cache-and-network',
    nextFetchPolicy: 'cache-first',
    pollInterval: rowsEveryMs,
    skipPollAttempt,
  });
  const daysOptions = {
    fetchPolicy: 'cache-and-network',
    nextFetchPolicy: 'cache-first',
    pollInterval: stripsEveryMs,
    skipPollAttempt,
    returnPartialData: true,
  } as const;
  const days = useQuery(ConnectionStripsDocument, list.data ? daysOptions : skipToken);

  const byKind = useMemo(() => {
    if (!list.data) return null;
    const sorted = list.data.connections.toSorted(compareConnections);
    return {
      OPENAI: sorted.filter(({ kind }) => kind === 'OPENAI'),
      OLLAMA: sorted.filter(({ kind }) => kind === 'OLLAMA'),
    };
  }, [list.data]);

  const strips = useMemo(() => {
    const byId = new Map<string, readonly Bucket[]>();
    for (const connection of days.data?.strips ?? []) {
      const timeline = connection.health?.timeline;
      if (connection.id && isComplete(timeline)) byId.set(connection.id, timeline);
    }
    return byId;
  }, [days.data]);

  const { refetch } = list;
  const reload = useCallback(async () => {
    // A reload that fails leaves what is there; the error of the query says so where nothing is.
    await refetch().catch(() => undefined);
  }, [refetch]);
  const client = useApolloClient();
  const reloadOne = useCallback(
    async (id: string) => {
      const query = { query: ConnectionRefreshedDocument, variables: { id }, fetchPolicy: 'network-only' } as const;
      const answer = await client.query(query).catch(() => null);
      if (answer?.data?.connection) keepConnection(client.cache, answer.data.connection);
    },
    [client],
  );
  const { refetch: refetchDays } = days;
  const reloadStrips = useCallback(() => void refetchDays().catch(() => undefined), [refetchDays]);

  return {
    byKind,
    strips,
    failure: !list.data && list.error ? readFailure(list.error) : null,
    reload,
    reloadOne,
    reloadStrips,
  };
}

function isComplete(timeline: unknown): timeline is Bucket[] {
  return Array.isArray(timeline) && timeline.length > 0;
}
