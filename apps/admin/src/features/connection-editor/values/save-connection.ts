import type { ApolloClient } from '@apollo/client';
import {
  type AddConnectionInput,
  type UpdateConnectionInput,
  AddConnectionDocument,
  ConnectionEditor_connectionFragmentDoc,
  ConnectionEditorDocument,
  SwitchManagedConnectionDocument,
  UpdateConnectionDocument,
} from '@intrallm/schema';

import type { EditedConnection } from './settings.js';

/** What to save: a new connection, changes to one, or the switch of one that is managed elsewhere. */
export type SaveRequest =
  | { readonly how: 'add'; readonly input: AddConnectionInput }
  | { readonly how: 'update'; readonly base: EditedConnection; readonly input: UpdateConnectionInput }
  | { readonly how: 'switch'; readonly base: EditedConnection; readonly enabled: boolean };

/**
 * Saves a connection, and lets every open view of connections know. The request passes by the cache, because it may
 * hold a key; only the answer, which never does, is written there.
 */
export async function saveConnection(client: ApolloClient, request: SaveRequest): Promise<EditedConnection> {
  const saved = await send(client, request);
  client.cache.writeFragment({
    from: { __typename: 'Connection', id: saved.id },
    fragment: ConnectionEditor_connectionFragmentDoc,
    fragmentName: 'ConnectionEditor_connection',
    data: saved,
  });
  // Order, names and counts of the lists are the server's business: whoever shows a list reads it again.
  void client.refetchQueries({
    updateCache: (cache) => cache.modify({ fields: { connections: (_list, { INVALIDATE }) => INVALIDATE } }),
  });
  return saved;
}

async function send(client: ApolloClient, request: SaveRequest): Promise<EditedConnection> {
  const fetchPolicy = 'no-cache';
  switch (request.how) {
    case 'add': {
      const { data } = await client.mutate({
        mutation: AddConnectionDocument,
        variables: { input: request.input },
        fetchPolicy,
      });
      return answered(data?.addConnection);
    }
    case 'update': {
      const { id, version } = request.base;
      const variables = { id, input: { ...request.input, version } };
      const { data } = await client.mutate({ mutation: UpdateConnectionDocument, variables, fetchPolicy });
      return answered(data?.updateConnection);
    }
    case 'switch': {
      const { id, version } = request.base;
      const variables = { id, version, enabled: request.enabled };
      const { data } = await client.mutate({ mutation: SwitchManagedConnectionDocument, variables, fetchPolicy });
      return answered(data?.toggleConnection);
    }
  }
}

function answered(connection: EditedConnection | undefined): EditedConnection {
  if (!connection) throw new Error('The change was answered without the connection.');
  return connection;
}

/** The connection as the server has it now; null when it was removed. */
export async function readConnection(client: ApolloClient, id: string): Promise<EditedConnection | null> {
  const { data } = await client.query({
    query: ConnectionEditorDocument,
    variables: { id },
    fetchPolicy: 'network-only',
  });
  return data?.connection ?? null;
}
