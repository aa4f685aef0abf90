// The histories of all connections, each as one value. They are no part of the normalised store: a thousand connections
// have 48,000 half hours, which that store would take apart, keep and put together again one by one, for seconds of the
// browser's time, and nobody ever looks at one of them from elsewhere.
import type { ApolloClient } from '@apollo/client';
import type { Bucket } from './uptime-history.js';

type UptimeHistory = readonly Bucket[];
type UptimeHistories = ReadonlyMap<string, UptimeHistory>;

export interface UptimeHistoryStore {
  /** By connection. Another map whenever one has changed; a history that has not is the same array as before. */
  read: () => UptimeHistories;
  /** Returns how to stop listening. */
  subscribe: (listener: () => void) => () => void;
  /** Puts these histories beside those that are there. */
  put: (histories: UptimeHistories) => void;
  /** These are all there are. */
  replace: (histories: UptimeHistories) => void;
}

export function createUptimeHistoryStore(): UptimeHistoryStore {
  const listeners = new Set<() => void>();
  let current: UptimeHistories = new Map();

  const set = (next: UptimeHistories) => {
    const kept = new Map([...next].map(([id, history]) => [id, sameOr(current.get(id), history)]));
    const isSame = kept.size === current.size && [...kept].every(([id, history]) => current.get(id) === history);
    if (isSame) return;
    current = kept;
    listeners.forEach((listener) => listener());
  };

  return {
    read: () => current,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    put: (histories) => set(new Map([...current, ...histories])),
    replace: set,
  };
}

const stores = new WeakMap<ApolloClient, UptimeHistoryStore>();

/** The histories that a client has read. They are forgotten together with everything else that it has read. */
export function uptimeHistoryStoreOf(client: ApolloClient): UptimeHistoryStore {
  const existing = stores.get(client);
  if (existing) return existing;
  const store = createUptimeHistoryStore();
  stores.set(client, store);
  client.onClearStore(() => {
    store.replace(new Map());
    return Promise.resolve();
  });
  return store;
}

function sameOr(before: UptimeHistory | undefined, now: UptimeHistory): UptimeHistory {
  return before && before.length === now.length && before.every((bucket, index) => isSameBucket(bucket, now[index]))
    ? before
    : now;
}

function isSameBucket(one: Bucket, other: Bucket | undefined): boolean {
  return (
    one.from === other?.from &&
    one.to === other.to &&
    one.worst === other.worst &&
    one.upShare === other.upShare &&
    one.p50LatencyMs === other.p50LatencyMs
  );
}
