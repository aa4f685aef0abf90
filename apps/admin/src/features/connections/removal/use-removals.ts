import { useApolloClient } from '@apollo/client/react';
import { useCallback, useMemo, useState } from 'react';
import { RemoveConnectionDocument, RestoreConnectionDocument } from '@intrallm/schema';
import { readFailure, type Failure } from '../../../lib/error-codes.js';
import { dropConnection, keepConnection } from '../cache-updates.js';
import type { Connection } from '../use-connections.js';

/** The server keeps a removed connection with its secrets for this long. */
const undoWithinMs = 60_000;

/** Stands in the list where the connection stood, for as long as it can be brought back. */
export interface Removal {
  id: string;
  kind: Connection['kind'];
  name: string;
  priority: number;
  untilMs: number;
  failure: Failure | null;
}

export interface Removals {
  list: readonly Removal[];
  /** Of connections that could not be removed, by id. */
  failures: Readonly<Record<string, Failure>>;
  remove: (connection: Connection) => Promise<void>;
  undo: (id: string) => Promise<void>;
  /** Ends the offer, because its time is over or it is not wanted. */
  dismiss: (id: string) => void;
}

/** Removes connections and brings them back. A CONFLICT calls `onConflict`. */
export function useRemovals(onConflict: () => void): Removals {
  const client = useApolloClient();
  const [list, setList] = useState<readonly Removal[]>([]);
  const [failures, setFailures] = useState<Readonly<Record<string, Failure>>>({});

  const dismiss = useCallback((id: string) => setList((removals) => removals.filter((one) => one.id !== id)), []);

  const remove = useCallback(
    async ({ id, kind, name, priority, version }: Connection) => {
      setFailures(({ [id]: _solved, ...others }) => others);
      try {
        await client.mutate({
          mutation: RemoveConnectionDocument,
          variables: { id, version },
          fetchPolicy: 'no-cache',
        });
        const removal = { id, kind, name, priority, untilMs: Date.now() + undoWithinMs, failure: null };
        setList((removals) => [...removals.filter((one) => one.id !== id), removal]);
        dropConnection(client.cache, id);
      } catch (error) {
        const failure = readFailure(error);
        setFailures((others) => ({ ...others, [id]: failure }));
        if (failure.code === 'CONFLICT') onConflict();
      }
    },
    [client, onConflict],
  );

  const undo = useCallback(
    async (id: string) => {
      try {
        const { data } = await client.mutate({
          mutation: RestoreConnectionDocument,
          variables: { id },
          fetchPolicy: 'no-cache',
        });
        if (data) keepConnection(client.cache, data.restoreConnection);
        dismiss(id);
      } catch (error) {
        const failure = readFailure(error);
        setList((removals) => removals.map((one) => (one.id === id ? { ...one, failure } : one)));
      }
    },
    [client, dismiss],
  );

  return useMemo(() => ({ list, failures, remove, undo, dismiss }), [list, failures, remove, undo, dismiss]);
}
