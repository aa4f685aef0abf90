import { useApolloClient } from '@apollo/client/react';
import { useCallback, useRef, useState } from 'react';
import { ToggleConnectionDocument } from '@intrallm/schema';
import { readFailure, type Failure } from '../../../lib/error-codes.js';
import type { Connection } from '../use-connections.js';

interface Toggle {
  toggle: (enabled: boolean) => Promise<void>;
  failure: Failure | null;
}

/**
 * Switches one connection. The row shows the new state at once and goes back when the server refuses. It sends no
 * version: "on" and "off" mean the same whatever else was edited, and two presses in a row are no conflict. One that is
 * not there any more calls `onGone`.
 */
export function useToggleConnection(connection: Connection, onGone: () => void): Toggle {
  const client = useApolloClient();
  const [failure, setFailure] = useState<Failure | null>(null);
  const last = useRef(Promise.resolve());

  const send = useCallback(
    async (enabled: boolean) => {
      setFailure(null);
      try {
        await client.mutate({
          mutation: ToggleConnectionDocument,
          variables: { id: connection.id, enabled },
          optimisticResponse: { toggleConnection: expected(connection, enabled) },
        });
      } catch (error) {
        const failed = readFailure(error);
        setFailure(failed);
        if (failed.code === 'NOT_FOUND') onGone();
      }
    },
    [client, connection, onGone],
  );

  // One after the other, so that the last press is the last that the server hears of.
  const toggle = useCallback((enabled: boolean) => (last.current = last.current.then(() => send(enabled))), [send]);

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
