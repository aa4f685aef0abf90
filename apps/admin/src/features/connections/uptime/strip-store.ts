// The strips of all connections, each as one value. They are no part of the normalised store: a thousand connections have
// 48,000 half hours, which that store would take apart, keep and put together again one by one, for seconds of the
// browser's time, and nobody ever looks at one of them from elsewhere.
import type { ApolloClient } from '@apollo/client';
import type { Bucket } from './strip.js';

type Strip = readonly Bucket[];
type Strips = ReadonlyMap<string, Strip>;

export interface StripStore {
  /** By connection. Another map whenever a strip has changed; one that has not is the same array as before. */
  read: () => Strips;
  /** Returns how to stop listening. */
  subscribe: (listener: () => void) => () => void;
  /** Puts these strips beside those that are there. */
  put: (strips: Strips) => void;
  /** These are all there are. */
  replace: (strips: Strips) => void;
}

export function createStripStore(): StripStore {
  const listeners = new Set<() => void>();
  let current: Strips = new Map();

  const set = (next: Strips) => {
    const kept = new Map([...next].map(([id, strip]) => [id, sameOr(current.get(id), strip)]));
    const isSame = kept.size === current.size && [...kept].every(([id, strip]) => current.get(id) === strip);
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
    put: (strips) => set(new Map([...current, ...strips])),
    replace: set,
  };
}

const stores = new WeakMap<ApolloClient, StripStore>();

/** The strips that a client has read. They are forgotten together with everything else that it has read. */
export function stripStoreOf(client: ApolloClient): StripStore {
  const existing = stores.get(client);
  if (existing) return existing;
  const store = createStripStore();
  stores.set(client, store);
  client.onClearStore(() => {
    store.replace(new Map());
    return Promise.resolve();
  });
  return store;
}

function sameOr(before: Strip | undefined, now: Strip): Strip {
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
