// What happens to connections elsewhere, written into the normalised store. One place for the list, so that a
// connection is added, changed and dropped in the same way whether this page, another admin or a resume tells of it.
import type { ApolloCache, Reference } from '@apollo/client';
import {
  ConnectionRow_connectionFragmentDoc,
  ConnectionsDocument,
  type ConnectionRow_connectionFragment,
  type ConnectionStatusStreamSubscription,
} from '@intrallm/schema';

export type StatusEvent = ConnectionStatusStreamSubscription['connectionStatus'];
type Connection = ConnectionRow_connectionFragment;

/** Writes a batch of events; whoever watches the store is told once. */
export function applyEvents(cache: ApolloCache, events: readonly StatusEvent[]): void {
  cache.batch({
    update(batch) {
      for (const event of events) applyEvent(batch, event);
    },
  });
}

/** Puts a connection into the store and, if it is not there yet, into the list. */
export function keepConnection(cache: ApolloCache, connection: Connection): void {
  cache.writeFragment({
    fragment: ConnectionRow_connectionFragmentDoc,
    fragmentName: 'ConnectionRow_connection',
    from: { __typename: 'Connection', id: connection.id },
    data: connection,
  });
  // Not by updateQuery: that reads and writes the whole list for each of a thousand events.
  cache.modify({
    fields: {
      connections(listed: readonly Reference[], { toReference }) {
        const own = toReference({ __typename: 'Connection', id: connection.id });
        return !own || listed.some(({ __ref }) => __ref === own.__ref) ? listed : [...listed, own];
      },
    },
  });
}

/** Takes a connection out of the list. What else is known of it goes as well. */
export function dropConnection(cache: ApolloCache, id: string): void {
  cache.updateQuery({ query: ConnectionsDocument }, (data) =>
    data?.connections.some((connection) => connection.id === id)
      ? { ...data, connections: data.connections.filter((connection) => connection.id !== id) }
      : data,
  );
  const storeId = cache.identify({ __typename: 'Connection', id });
  if (storeId) cache.evict({ id: storeId });
  cache.gc();
}

/** Drops every connection of the list that is not among those that exist. */
export function dropOthers(cache: ApolloCache, existing: ReadonlySet<string>): void {
  const listed = cache.readQuery({ query: ConnectionsDocument })?.connections ?? [];
  for (const { id } of listed) if (!existing.has(id)) dropConnection(cache, id);
}

function applyEvent(cache: ApolloCache, event: StatusEvent): void {
  switch (event.kind) {
    case 'SNAPSHOT':
    case 'CHANGED':
      if (event.connection) keepConnection(cache, event.connection);
      break;
    case 'REMOVED':
      if (event.connectionId) dropConnection(cache, event.connectionId);
      break;
    case 'CHECKPOINT':
      break;
    default:
      // A kind that this version does not know changes nothing it shows.
      event.kind satisfies never;
  }
}
