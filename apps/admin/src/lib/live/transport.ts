import type { TypedDocumentNode } from '@apollo/client';
import { addTypenameToDocument } from '@apollo/client/utilities';
import { print } from 'graphql';
import type { Client, ClientOptions } from 'graphql-ws';
import type { StreamSink } from './status-stream.js';

/** Opens subscriptions. There is one for the app; tests bring their own. */
export interface LiveTransport {
  /** Errors come as they are: a close event with its code, or the list of GraphQL errors. Returns how to end it. */
  subscribe<Data, Variables extends Record<string, unknown>>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
    sink: StreamSink<Data>,
  ): () => void;
}

const pongTimeoutMs = 5_000;

/**
 * One WebSocket for all subscriptions, open while there is one. It never retries by itself: who subscribes knows
 * where to go on. A socket that stays silent after a ping counts as broken.
 */
export function createSocketTransport(url: string): LiveTransport {
  let socket: WebSocket | null = null;
  let pongTimer: ReturnType<typeof setTimeout> | undefined;
  const options: ClientOptions = {
    url,
    retryAttempts: 0,
    keepAlive: 15_000,
    connectionAckWaitTimeout: 10_000,
    on: {
      opened: (opened) => {
        socket = opened instanceof WebSocket ? opened : null;
      },
      ping: (received) => {
        if (received) return;
        pongTimer = setTimeout(() => socket?.close(4408, 'No answer to a ping'), pongTimeoutMs);
      },
      pong: (received) => {
        if (received) clearTimeout(pongTimer);
      },
      closed: () => clearTimeout(pongTimer),
    },
  };
  let client: Client | null = null;
  // The protocol is fetched with the first subscription: no page waits for it.
  const open = async () => (client ??= (await import('graphql-ws')).createClient(options));

  return {
    subscribe<Data, Variables extends Record<string, unknown>>(
      document: TypedDocumentNode<Data, Variables>,
      variables: Variables,
      sink: StreamSink<Data>,
    ) {
      let ended = false;
      let end = () => {};
      const start = (opened: Client) => {
        if (ended) return;
        end = opened.subscribe<Data>(
          // The store knows things by their type name, whichever way they come.
          { query: print(addTypenameToDocument(document)), variables },
          {
            next: ({ data, errors }) => {
              if (errors?.length) sink.error(errors);
              else if (data) sink.next(data);
            },
            error: (error) => sink.error(error),
            complete: () => sink.complete(),
          },
        );
      };
      open().then(start, (error: unknown) => {
        if (!ended) sink.error(error);
      });
      return () => {
        ended = true;
        end();
      };
    },
  };
}

/** The socket address of the product, by the scheme that goes with its own. */
export function socketUrl(publicAddress: string): string {
  return `${publicAddress.replace(/^http/, 'ws')}/graphql`;
}
