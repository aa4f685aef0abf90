import { InMemoryCache, type ApolloCache, type Reference } from '@apollo/client';
import { cacheSizes } from '@apollo/client/utilities';

// A thousand connections with the 48 half hours of their strips: with less room than that the store forgets what it just
// worked out, and every event makes it read everything again (seconds instead of milliseconds).
const remembered = 250_000;

/** The normalised store. What has no id is kept inside its owner, and merged there field by field. */
export function createCache(): InMemoryCache {
  cacheSizes['inMemoryCache.executeSelectionSet'] = remembered;
  cacheSizes['inMemoryCache.executeSubSelectedArray'] = remembered;
  return new InMemoryCache({
    typePolicies: {
      Instance: { merge: true },
      Connection: {
        fields: {
          health: { merge: true },
          warnings: { merge: false },
          headers: { merge: false },
          modelAliases: { merge: false },
        },
      },
      ConnectionHealth: { fields: { timeline: { merge: false }, history: { merge: false }, stages: { merge: false } } },
      Query: {
        fields: {
          // Asked for under another name, it is for what the connections carry: an answer that comes late may not know of
          // the newest connection, and must not take it out of the list.
          connections: {
            merge: (existing: Reference[] | undefined, incoming: Reference[], { field }) =>
              field?.alias && existing ? existing : incoming,
          },
          sessions: { merge: false },
          // A connection that the list brought is not asked for again.
          connection: {
            read: (existing: Reference | undefined, { args, toReference }) =>
              existing ?? toReference({ __typename: 'Connection', id: String(args?.['id']) }),
          },
        },
      },
    },
  });
}

/** Forgets what the pages have read, and not who is signed in. Only while no page reads: its data would be gone. */
export function forgetPages(cache: ApolloCache): void {
  cache.modify({
    fields: (value: unknown, { fieldName, DELETE }) =>
      fieldName === 'me' || fieldName === 'instance' ? value : DELETE,
  });
  cache.gc();
}
