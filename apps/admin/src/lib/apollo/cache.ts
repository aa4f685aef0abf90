import { InMemoryCache, type ApolloCache, type Reference } from '@apollo/client';

/** The normalised store. What has no id is kept inside its owner, and merged there field by field. */
export function createCache(): InMemoryCache {
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
      ConnectionHealth: {
        fields: { timeline: { merge: false }, transitions: { merge: false }, stages: { merge: false } },
      },
      Query: {
        fields: {
          connections: { merge: false },
          sessions: { merge: false },
          apiTokens: { merge: false },
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
