import { useApolloClient } from '@apollo/client/react';
import { useCallback, useEffect, useRef, useState } from 'react';
import {
  CancelRefreshDocument,
  RefreshConnectionsDocument,
  RefreshProgressDocument,
  type CheckProgress_refreshFragment,
} from '@intrallm/schema';
import { readFailure, type Failure } from '../error-codes.js';
import { useTransport } from './transport-context.js';
import type { LiveTransport } from './transport.js';

export interface Check {
  /** Null when none runs. */
  progress: CheckProgress_refreshFragment | null;
  running: boolean;
  failure: Failure | null;
  start: () => Promise<void>;
  cancel: () => Promise<void>;
}

/**
 * Checks the given connections, null for all, and follows how far it is. `onDone` is called once for each check that
 * was started, also when its progress cannot be followed to the end.
 */
export function useCheck(ids: string[] | null, onDone: () => void): Check {
  const client = useApolloClient();
  const transport = useTransport();
  const [progress, setProgress] = useState<CheckProgress_refreshFragment | null>(null);
  const [running, setRunning] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const stop = useRef<(() => void) | null>(null);
  const isGone = useRef(false);
  useEffect(() => {
    isGone.current = false;
    return () => {
      isGone.current = true;
      stop.current?.();
    };
  }, []);

  const follow = useCallback(
    (id: string) => {
      stop.current = followRefresh(transport, id, {
        onProgress: setProgress,
        onEnd() {
          setProgress(null);
          setRunning(false);
          onDone();
        },
      });
    },
    [transport, onDone],
  );

  const start = useCallback(async () => {
    setFailure(null);
    setRunning(true);
    try {
      const { data } = await client.mutate({
        mutation: RefreshConnectionsDocument,
        variables: { ids },
        fetchPolicy: 'no-cache',
      });
      if (!data) throw new Error('An answer without data');
      // The check goes on without whoever asked for it and left the page meanwhile.
      if (isGone.current) return;
      setProgress(data.refreshConnections);
      follow(data.refreshConnections.id);
    } catch (error) {
      setRunning(false);
      setFailure(readFailure(error));
    }
  }, [client, ids, follow]);

  const cancel = useCallback(async () => {
    if (!progress) return;
    const variables = { id: progress.id };
    await client
      .mutate({ mutation: CancelRefreshDocument, variables, fetchPolicy: 'no-cache' })
      .catch((error: unknown) => setFailure(readFailure(error)));
  }, [client, progress]);

  return { progress, running, failure, start, cancel };
}

interface Follower {
  readonly onProgress: (progress: CheckProgress_refreshFragment) => void;
  /** Called once: the refresh has ended, or its progress cannot be followed any further. */
  readonly onEnd: () => void;
}

/** Follows one refresh. Gives how to stop; nothing is told afterwards. */
function followRefresh(transport: LiveTransport, id: string, { onProgress, onEnd }: Follower): () => void {
  let isOver = false;
  const finish = () => {
    if (isOver) return;
    isOver = true;
    onEnd();
    // The subscription may end before `subscribe` has given how to end it.
    queueMicrotask(() => end());
  };
  const end = transport.subscribe(
    RefreshProgressDocument,
    { id },
    {
      next({ refreshProgress }) {
        if (refreshProgress.finishedAt || refreshProgress.cancelled) finish();
        else onProgress(refreshProgress);
      },
      error: finish,
      complete: finish,
    },
  );
  return end;
}
