import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  getOperationAST,
  GraphQLError,
  OperationTypeNode,
  type ASTVisitor,
  type ExecutionResult,
  type GraphQLFormattedError,
  type GraphQLSchema,
  type ValidationContext,
} from 'graphql';
import {
  GRAPHQL_TRANSPORT_WS_PROTOCOL,
  handleProtocols,
  type Context as SocketContext,
  type SubscribePayload,
} from 'graphql-ws';
import { useServer, type Extra } from 'graphql-ws/use/ws';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Actor } from '../auth/actor.js';
import type { CredentialEnd } from '../auth/credentials/credential-watch.js';
import { AppError } from '../errors.js';
import type { EarlierAnswers } from '../http/arrival/earlier-answers.js';
import { hasTwoHosts } from '../http/arrival/known-hosts.js';
import { asksForWebSocket } from '../http/server.js';
import type { Logger } from '../log/logger.js';
import { createRequestContext, type ForgetfulContext } from './context.js';
import { Documents } from './documents.js';
import { formatGraphqlError, originalError } from './errors.js';
import { requireUsableValues } from './limits/usable-values.js';
import { SharedResults } from './results/shared-results.js';
import { serveWithoutUpgrade } from './without-upgrade.js';

/** Close codes of docs/status-stream.md. */
const CLOSE = { RESTART: 1012, TOO_SLOW: 1013, INVALID: 4401, REVOKED: 4403 } as const;

const MAX_MESSAGE_BYTES = 64 * 1024;
const MAX_OPERATIONS = 50;
/** A reader with more than this unread is told to come again. */
const MAX_UNREAD_BYTES = 8 * 1024 * 1024;
const KEEP_ALIVE_MS = 15_000;

interface SocketCredential {
  readonly authorization: string | undefined;
  readonly cookie: string | undefined;
  readonly ip: string | null;
  readonly requestId: string;
}

interface Options {
  readonly schema: GraphQLSchema;
  readonly logger: Logger;
  /** Gives the actor; throws UNAUTHENTICATED for a credential that is presented and not valid. */
  readonly authenticate: (credential: SocketCredential) => Promise<Actor>;
  /** Whether a request that carries a cookie comes from our own Origin. */
  readonly isOwnOrigin: (request: IncomingMessage) => boolean;
  /** Calls back when what the actor signed in with ends; gives the function that stops listening. */
  readonly onCredentialEnd: (actor: Actor, ended: (end: CredentialEnd) => void) => () => void;
  readonly clientIp: (request: IncomingMessage) => string | null;
  /** Is told of each handshake whose credential is valid. */
  readonly onKnown: (request: IncomingMessage) => void;
  /** A handshake may come before the answers to requests ahead of it are written. */
  readonly earlier: Pick<EarlierAnswers, 'after'>;
}

interface Opened {
  readonly actor: Actor;
  readonly requestId: string;
  readonly stopListening: () => void;
}

type Socket = SocketContext<{ authorization?: unknown }, Extra & { opened?: Opened }>;

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
  readonly #documents: Documents;
  readonly #results = new SharedResults();
  readonly #disposable: { dispose(): Promise<void> | void };

  constructor(private readonly options: Options) {
    this.#documents = new Documents(options.schema, [steadyRootRule]);
    this.#disposable = useServer<{ authorization?: unknown }, { opened?: Opened }>(
      {
        schema: options.schema,
        connectionInitWaitTimeout: 10_000,
        onConnect: (socket) => this.#connect(socket),
        onSubscribe: (socket, _id, payload) => this.#prepare(socket, payload),
        onOperation: (socket, _id, _payload, args, result) =>
          Symbol.asyncIterator in result
            ? this.#watched(socket, result as AsyncGenerator<ExecutionResult>, args.contextValue as ForgetfulContext)
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
      // Every message has an answer, a ping too, and whoever sends without reading would have us keep them all.
      wire.on('message', () => {
        if (wire.bufferedAmount > MAX_UNREAD_BYTES) closeTooSlow(wire);
      });
    });
  }

  /** Takes the WebSocket handshakes for /graphql of this server; others are refused. Other upgrades are passed over. */
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

  /** Tells every client to come again and waits until they are closed; those that do not answer are cut after 2 s. */
  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.close(CLOSE.RESTART, 'The server is restarting.');
    const cut = setTimeout(() => {
      for (const socket of this.#sockets.clients) socket.terminate();
    }, 2_000);
    await this.#disposable.dispose();
    clearTimeout(cut);
  }

  async #connect(socket: Socket): Promise<boolean> {
    const { request, socket: wire } = socket.extra;
    const requestId = randomUUID();
    const given = socket.connectionParams?.authorization ?? request.headers.authorization;
    // What is presented and is no text is a credential all the same, and no valid one: the cookie does not stand in for it.
    const authorization = given === undefined || typeof given === 'string' ? given : '';
    const cookie = authorization === undefined ? request.headers.cookie : undefined;
    try {
      if (cookie !== undefined && !this.options.isOwnOrigin(request)) {
        throw new AppError(
          'FORBIDDEN',
          'A session counts only with our own address as Origin. Programs use an API token.',
        );
      }
      const ip = this.options.clientIp(request);
      const actor = await this.options.authenticate({ authorization, cookie, ip, requestId });
      if (actor.type === 'anonymous') throw new AppError('UNAUTHENTICATED', 'Sign in to subscribe.');
      this.options.onKnown(request);
      const stopListening = this.options.onCredentialEnd(actor, (end) => {
        if (end === 'REVOKED') wire.close(CLOSE.REVOKED, 'The credential was revoked.');
        else wire.close(CLOSE.INVALID, 'The credential has expired.');
      });
      socket.extra.opened = { actor, requestId, stopListening };
      // One that was closed meanwhile is not told to us any more.
      if (wire.readyState !== wire.OPEN) stopListening();
      return true;
    } catch (error) {
      const formatted = formatGraphqlError(error, requestId, this.options.logger);
      const original = originalError(error);
      // Nothing is said of the credential: it may be shown again.
      const isTrouble =
        original instanceof AppError && (original.rule.failsRequest || original.code === 'RATE_LIMITED');
      wire.close(isTrouble ? CLOSE.TOO_SLOW : CLOSE.INVALID, formatted.message.slice(0, 120));
      return false;
    }
  }

  #prepare(socket: Socket, payload: SubscribePayload) {
    const { opened } = socket.extra;
    if (opened === undefined) return [new GraphQLError('The socket is not open.')];
    if (Object.keys(socket.subscriptions).length > MAX_OPERATIONS) {
      return [
        asGraphqlError(new AppError('RATE_LIMITED', `A socket carries at most ${MAX_OPERATIONS} subscriptions.`)),
      ];
    }
    try {
      requireUsableValues(payload.variables);
    } catch (error) {
      return [asGraphqlError(error)];
    }
    const { document, errors } = this.#documents.prepare(payload.query);
    if (errors !== null) return errors;
    const operation = getOperationAST(document, payload.operationName);
    if (operation?.operation !== OperationTypeNode.SUBSCRIPTION) {
      return [
        asGraphqlError(new AppError('FORBIDDEN', 'A socket carries subscriptions only; send the rest over HTTP.')),
      ];
    }
    return {
      schema: this.options.schema,
      document,
      operationName: payload.operationName ?? null,
      variableValues: payload.variables ?? null,
      contextValue: createRequestContext({
        actor: opened.actor,
        origin: { ip: opened.actor.ip, requestId: opened.requestId, userAgent: null },
        sessionCookie: null,
      }) satisfies ForgetfulContext,
    };
  }

  /** What fails before there is a stream is translated like everything else; thrown, its words would close the socket. */
  async #subscribe(args: Parameters<SharedResults['subscribe']>[0]): ReturnType<SharedResults['subscribe']> {
    try {
      return await this.#results.subscribe(args);
    } catch (error) {
      return { errors: [asGraphqlError(error)] };
    }
  }

  /**
   * Ends the stream with a translated error instead of a torn socket, and the socket of a reader that lags behind. By hand
   * rather than as a generator: `return` must reach the source at once, also while it waits for its next event.
   */
  #watched(
    socket: Socket,
    source: AsyncGenerator<ExecutionResult>,
    context: ForgetfulContext,
  ): AsyncIterableIterator<ExecutionResult> {
    const wire: WebSocket = socket.extra.socket;
    let hasFailed = false;
    const next = async (): Promise<IteratorResult<ExecutionResult>> => {
      if (hasFailed) return { done: true, value: undefined };
      // What one event loaded is old when the next one comes.
      context.forget();
      try {
        if (wire.bufferedAmount > MAX_UNREAD_BYTES)
          throw new AppError('OVERLOADED', 'This subscriber reads too slowly.');
        return await source.next();
      } catch (error) {
        hasFailed = true;
        const original = originalError(error);
        if (!(original instanceof AppError && original.code === 'OVERLOADED')) {
          return { done: false, value: { errors: [asGraphqlError(error)] } };
        }
        closeTooSlow(wire);
        await source.return(undefined);
        return { done: true, value: undefined };
      }
    };
    return {
      next,
      return: (value: unknown) => source.return(value),
      throw: (error: unknown) => source.throw(error),
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  #translate(socket: Socket, errors: readonly GraphQLError[]): GraphQLFormattedError[] {
    const requestId = socket.extra.opened?.requestId ?? '';
    return errors.map((error) => formatGraphqlError(error, requestId, this.options.logger));
  }
}

function closeTooSlow(wire: WebSocket): void {
  wire.close(CLOSE.TOO_SLOW, 'This subscriber reads too slowly. Come again with the last cursor.');
}

/** A subscription without its field has nothing to subscribe to; graphql-js falls over it while running. */
function steadyRootRule(context: ValidationContext): ASTVisitor {
  return {
    Directive(directive) {
      const isAtRoot = context.getParentType() === context.getSchema().getSubscriptionType();
      if (isAtRoot && ['skip', 'include'].includes(directive.name.value)) {
        context.reportError(new GraphQLError('The field of a subscription cannot be left out.', { nodes: directive }));
      }
    },
  };
}

function asGraphqlError(error: unknown): GraphQLError {
  const original = error instanceof Error ? error : new Error(String(error));
  return new GraphQLError(original.message, { originalError: original });
}
