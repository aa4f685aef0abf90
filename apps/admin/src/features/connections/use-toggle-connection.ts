import { useApolloClient } from '@apollo/client/react';
import { ToggleConnectionDocument } from '@intrallm/schema';
import { useCallback, useState } from 'react';
import { readFailure, type Failure } from '../../lib/error-codes.js';
import type { Connection } from './use-connections.js';

interface Toggle {
  toggle: (enabled: boolean) => Promise<void>;
  failure: Failure | null;
}

/**
 * Switches one connection. The row shows the new state at once and goes back when the server refuses; a CONFLICT
 * calls `onConflict`, because then what the row shows is no longer what is.
 */
export function useToggleConnection(connection: Connection, onConflict: () => void): Toggle {
  const client = useApolloClient();
  const [failure, setFailure] = useState<Failure | null>(null);

  const toggle = useCallback(
    async (enabled: boolean) => {
      setFailure(null);
      try {
        await client.mutate({
          mutation: ToggleConnectionDocument,
          variables: { id: connection.id, enabled, version: connection.version },
          optimisticResponse: { toggleConnection: expected(connection, enabled) },
        });
      } catch (error) {
        const failed = readFailure(error);
        setFailure(failed);
        if (failed.code === 'CONFLICT') onConflict();
      }
    },
    [client, connection, onConflict],
  );

  return { toggle, failure };
}

function expected(connection: Connection, enabled: boolean): Connection {
  const status = enabled ? 'UNKNOWN' : 'DISABLED';
  const health = {
    ...connection.health,
    status,
    since: new Date().toISOString(),
    checking: enabled,
    problem: null,
  } as const;
  return { ...connection, enabled, status, health };
}
