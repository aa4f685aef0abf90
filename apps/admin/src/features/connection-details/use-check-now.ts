import { useApolloClient } from '@apollo/client/react';
import { RefreshConnectionsDocument, RefreshProgressDocument } from '@intrallm/schema';
import { useEffect, useRef, useState } from 'react';
import { type Failure, readFailure } from '../../lib/error-codes.js';
import { useTransport } from '../../lib/live/transport-context.js';

export interface CheckNow {
  readonly running: boolean;
  /** Why no check was started; null when none was tried or it went well. */
  readonly failure: Failure | null;
  readonly start: () => void;
}

/** Starts a check of one connection. `onDone` is called when it is over, or when it can be followed no longer. */
export function useCheckNow(connectionId: string, onDone: () => void): CheckNow {
  const client = useApolloClient();
  const transport = useTransport();
  const [running, setRunning] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const unfollow = useRef<(() => void) | null>(null);
  useEffect(() => () => unfollow.current?.(), []);

  const follow = (refreshId: string) => {
    let over = false;
    const finish = () => {
      if (over) return;
      over = true;
      setRunning(false);
      onDone();
      // Not while the subscription is still being opened, which may answer at once.
      queueMicrotask(() => unfollow.current?.());
    };
    unfollow.current = transport.subscribe(
      RefreshProgressDocument,
      { id: refreshId },
      {
        next: ({ refreshProgress }) => {
          if (refreshProgress.finishedAt !== null || refreshProgress.cancelled) finish();
        },
        error: finish,
        complete: finish,
      },
    );
  };

  const start = () => {
    setFailure(null);
    setRunning(true);
    client
      .mutate({ mutation: RefreshConnectionsDocument, variables: { ids: [connectionId] }, fetchPolicy: 'no-cache' })
      .then(({ data }) => {
        if (!data) throw new Error('An answer without data');
        follow(data.refreshConnections.id);
      })
      .catch((error: unknown) => {
        setRunning(false);
        setFailure(readFailure(error));
      });
  };

  return { running, failure, start };
}
