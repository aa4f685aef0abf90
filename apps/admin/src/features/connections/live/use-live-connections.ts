import { useApolloClient } from '@apollo/client/react';
import { useEffect, useState } from 'react';
import { ConnectionStatusStreamDocument } from '@intrallm/schema';
import { useAnnounce } from '../../../components/announcer.js';
import { startStatusStream, type StatusStream, type StreamState } from '../../../lib/live/status-stream.js';
import { useTransport } from '../../../lib/live/transport-context.js';
import { useSession } from '../../../lib/session/session-context.js';
import type { StatusEvent } from '../cache-updates.js';
import { describeStatus } from '../row/status-words.js';
import { LiveStore } from './live-store.js';

/**
 * Keeps the store true by the status stream for as long as the page stands, and says how the stream is. `onChanged` is
 * told which connections have changed, once they come to rest.
 */
export function useLiveConnections(onChanged: (ids: readonly string[]) => void): StreamState {
  const client = useApolloClient();
  const transport = useTransport();
  const { epoch, expire } = useSession();
  const announce = useAnnounce();
  const [state, setState] = useState<StreamState>('connecting');

  useEffect(() => {
    const store = new LiveStore(client, onChanged);
    const stream = startStatusStream<StatusEvent>({
      subscribe: (after, sink) =>
        transport.subscribe(
          ConnectionStatusStreamDocument,
          { after },
          { ...sink, next: (data) => sink.next(data.connectionStatus) },
        ),
      onEvent(event) {
        store.take(event);
        if (event.kind !== 'CHANGED' || !event.connection) return;
        const isNews = event.previous !== null && event.previous !== event.status;
        if (isNews) announce(`${event.connection.name}: ${describeStatus(event.connection).word}`);
      },
      onSnapshot: (ids) => store.keepOnly(ids),
      onState(next) {
        setState(next);
        if (next === 'signedOut') expire();
      },
    });
    const stopHurrying = hurryWhenBack(stream);
    return () => {
      stopHurrying();
      stream.stop();
      store.stop();
    };
  }, [client, transport, epoch, expire, announce, onChanged]);

  return state;
}

/** Tries again at once when the network is back or the page is looked at again. Gives how to stop. */
function hurryWhenBack(stream: StatusStream): () => void {
  const hurry = () => {
    if (document.visibilityState === 'visible') stream.hurry();
  };
  window.addEventListener('online', hurry);
  document.addEventListener('visibilitychange', hurry);
  return () => {
    window.removeEventListener('online', hurry);
    document.removeEventListener('visibilitychange', hurry);
  };
}
