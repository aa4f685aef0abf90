import { useApolloClient } from '@apollo/client/react';
import { useEffect, useState } from 'react';
import { ConnectionStatusStreamDocument } from '@intrallm/schema';
import { useAnnounce } from '../../../components/announcer.js';
import { onAnswer } from '../../../lib/apollo/answers.js';
import { startStatusStream, type StreamState } from '../../../lib/live/status-stream.js';
import { useTransport } from '../../../lib/live/transport-context.js';
import { useSession } from '../../../lib/session/session-context.js';
import { applyEvents, dropOthers, type StatusEvent } from '../cache-updates.js';
import { describeStatus } from '../row/status-words.js';

const batchMs = 50;
const historyDelayMs = 1500;

/**
 * Keeps the store true by the status stream for as long as the page stands, and says how the stream is.
 * Events are written in batches: a snapshot of a thousand connections is one change of the page, not a thousand.
 * `onChanged` is told which connections have changed, once they come to rest.
 */
export function useLiveConnections(onChanged: (ids: readonly string[]) => void): StreamState {
  const client = useApolloClient();
  const transport = useTransport();
  const { epoch, expire } = useSession();
  const announce = useAnnounce();
  const [state, setState] = useState<StreamState>('connecting');

  useEffect(() => {
    let waiting: StatusEvent[] = [];
    let batchTimer: ReturnType<typeof setTimeout> | undefined;
    let historyTimer: ReturnType<typeof setTimeout> | undefined;
    const changed = new Set<string>();
    // The last event of each connection, and when it came.
    const latest = new Map<string, { readonly event: StatusEvent; readonly cameAt: number }>();

    const flush = () => {
      clearTimeout(batchTimer);
      batchTimer = undefined;
      const events = waiting;
      waiting = [];
      if (events.length > 0) applyEvents(client.cache, events);
    };
    // The uptime history is no part of an event: it is read again shortly after the last change.
    const tellChanged = () => {
      const ids = [...changed];
      changed.clear();
      onChanged(ids);
    };

    // What was asked before an event came may be answered after it, and without it.
    const stopListening = onAnswer(client, (askedAt) => {
      const newer = [...latest.values()].filter(({ cameAt }) => cameAt >= askedAt);
      if (newer.length > 0)
        applyEvents(
          client.cache,
          newer.map(({ event }) => event),
        );
    });

    const stream = startStatusStream<StatusEvent>({
      subscribe: (after, sink) =>
        transport.subscribe(
          ConnectionStatusStreamDocument,
          { after },
          {
            ...sink,
            next: (data) => sink.next(data.connectionStatus),
          },
        ),
      onEvent(event) {
        waiting.push(event);
        if (event.connectionId) latest.set(event.connectionId, { event, cameAt: performance.now() });
        batchTimer ??= setTimeout(flush, batchMs);
        if (event.kind !== 'CHANGED' || !event.connection) return;
        changed.add(event.connection.id);
        clearTimeout(historyTimer);
        historyTimer = setTimeout(tellChanged, historyDelayMs);
        const isNews = event.previous !== null && event.previous !== event.status;
        if (isNews) announce(`${event.connection.name}: ${describeStatus(event.connection).word}`);
      },
      onSnapshot(ids) {
        flush();
        dropOthers(client.cache, ids);
        for (const id of latest.keys()) if (!ids.has(id)) latest.delete(id);
      },
      onState(next) {
        setState(next);
        if (next === 'signedOut') expire();
      },
    });

    const hurry = () => {
      if (document.visibilityState === 'visible') stream.hurry();
    };
    window.addEventListener('online', hurry);
    document.addEventListener('visibilitychange', hurry);
    return () => {
      window.removeEventListener('online', hurry);
      document.removeEventListener('visibilitychange', hurry);
      stream.stop();
      stopListening();
      clearTimeout(batchTimer);
      clearTimeout(historyTimer);
    };
  }, [client, transport, epoch, expire, announce, onChanged]);

  return state;
}
