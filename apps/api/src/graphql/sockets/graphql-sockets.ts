import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ExecutionResult, GraphQLError, GraphQLFormattedError, GraphQLSchema } from 'graphql';
import { GRAPHQL_TRANSPORT_WS_PROTOCOL, handleProtocols } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import type { EarlierAnswers } from '../../http/arrival/earlier-answers.js';
import { hasTwoHosts } from '../../http/arrival/known-hosts.js';
import { asksForWebSocket } from '../../http/server.js';
import type { ForgetfulContext } from '../context.js';
import { asGraphqlError, formatGraphqlError } from '../errors.js';
import { SharedResults } from '../results/shared-results.js';
import { signIn, type SigningIn } from './signing-in.js';
import { CLOSE, closeTooSlow, lagsBehind, type ConnectionParams, type Socket, type SocketExtra } from './socket.js';
import { Subscriptions } from './subscriptions.js';
import { watchedResults } from './watched-results.js';
import { serveWithoutUpgrade } from './without-upgrade.js';

const MAX_MESSAGE_BYTES = 64 * 1024;
const KEEP_ALIVE_MS = 15_000;
const CLOSE_WITHIN_MS = 2_000;

interface Options extends SigningIn {
  readonly schema: GraphQLSchema;
  /** A handshake may come before the answers to requests ahead of it are written. */
  readonly earlier: Pick<EarlierAnswers, 'after'>;
}

/**
 * Subscriptions over WebSocket (graphql-transport-ws) at /graphql, and nothing else: a query or mutation over a socket
 * is refused. The same schema, guard, limits and error translation as over HTTP.
 */
export class GraphqlSockets {
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols,
    perMessageDeflate: false,
  });
  readonly #results = new SharedResults();
  readonly #disposable: { dispose(): Promise<void> | void };

  constructor(private readonly options: Options) {
    const subscriptions = new Subscriptions(options.schema);
    this.#disposable = useServer<ConnectionParams, SocketExtra>(
      {
        schema: options.schema,
        connectionInitWaitTimeout: 10_000,
        onConnect: (socket) => signIn(socket, options),
        onSubscribe: (socket, _id, payload) => subscriptions.prepare(socket, payload),
        onOperation: ({ extra }, _id, _payload, args, result) =>
          Symbol.asyncIterator in result
            ? watchedResults(
                extra.socket,
                result as AsyncGenerator<ExecutionResult>,
                args.contextValue as ForgetfulContext,
              )
            : undefined,
        onError: (socket, _id, _payload, errors) => this.#translate(socket, errors),
        onNext: (socket, _id, _payload, _args, result) =>
          result.errors === undefined
            ? undefined
            : { data: result.data ?? null, errors: this.#translate(socket, result.errors) },
        onClose: (socket) => socket.extra.opened?.stopListening(),
        subscribe: (args) => this.#subscribe(args as Parameters<SharedResults['subscribe']>[0]) as never,
      },
      this.#sockets,
      KEEP_ALIVE_MS,
    );
    this.#sockets.on('connection', (wire) => {
      // Every message has an answer, also a ping. The answers for a client that sends without reading would fill the
      // memory.
      wire.on('message', () => {
        if (lagsBehind(wire)) closeTooSlow(wire);
      });
    });
  }

  /**
   * Takes the WebSocket handshakes for /graphql and refuses others. A request for any other protocol is served without
   * it.
   */
  attach(server: Server): void {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      // Node no longer listens on a socket that it handed over: a caller's reset would end the process.
      const onError = (): void => void socket.destroy();
      socket.on('error', onError);
      this.options.earlier.after(socket, () => {
        if (asksForWebSocket(request)) this.#shakeHands(request, socket, head);
        else {
          socket.off('error', onError);
          serveWithoutUpgrade(server, request, socket, head);
        }
      });
    });
  }

  #shakeHands(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const path = (request.url ?? '').split('?', 1)[0];
    const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim());
    if (path !== '/graphql' || hasTwoHosts(request) || !protocols.includes(GRAPHQL_TRANSPORT_WS_PROTOCOL)) {
      socket.end(`HTTP/1.1 ${path === '/graphql' ? '400 Bad Request' : '404 Not Found'}\r\nConnection: close\r\n\r\n`);
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (opened) => this.#sockets.emit('connection', opened, request));
  }

  /** How many sockets are open, for the metrics. */
  get size(): number {
    return this.#sockets.clients.size;
  }

  /** Tells every client to come again and waits until all sockets are closed; after 2 s it cuts those that are left. */
  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.close(CLOSE.RESTART, 'The server is restarting.');
    const cut = setTimeout(() => {
      for (const socket of this.#sockets.clients) socket.terminate();
    }, CLOSE_WITHIN_MS);
    await this.#disposable.dispose();
    clearTimeout(cut);
  }

  /** An error that comes before there is a stream is an answer as well: thrown, its message would close the socket. */
  async #subscribe(args: Parameters<SharedResults['subscribe']>[0]): ReturnType<SharedResults['subscribe']> {
    try {
      return await this.#results.subscribe(args);
    } catch (error) {
      return { errors: [asGraphqlError(error)] };
    }
  }

  #translate(socket: Socket, errors: readonly GraphQLError[]): GraphQLFormattedError[] {
    const requestId = socket.extra.opened?.requestId ?? '';
    return errors.map((error) => formatGraphqlError(error, requestId, this.options.logger));
  }
}
