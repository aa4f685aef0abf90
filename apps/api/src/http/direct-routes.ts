import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { HOP_HEADER } from '@intrallm/providers';
import { authorize, type Access, type Actor } from '../auth/actor.js';
import type { Credentials } from '../auth/credentials/credentials.js';
import type { Logger } from '../log/logger.js';
import { hasTwoHosts } from './arrival/known-hosts.js';

/** A request whose caller is known and may make it. */
interface DirectRequest {
  readonly id: string;
  readonly actor: Actor;
  readonly raw: IncomingMessage;
  readonly answer: ServerResponse;
}

/** A POST route that answers by itself when it is given a request. */
interface DirectRoute {
  /** The whole path, without parameters. */
  readonly url: string;
  readonly access: Access;
  /** Rejects with what the caller is to be told, and then nothing has been written. */
  readonly handle: (request: DirectRequest) => Promise<void>;
}

interface Options {
  readonly credentials: Pick<Credentials, 'recall'>;
  readonly logger: Logger;
  readonly requestId: (message: IncomingMessage) => string;
  readonly clientIp: (message: IncomingMessage) => string | null;
  /** Is told of each connection on which a valid credential was shown. */
  readonly onKnown: (socket: Socket) => void;
  /** Logs and measures the request once it has ended. */
  readonly log: (
    request: { readonly id: string; readonly method: string; readonly url: string; readonly clientIp: string | null },
    route: string,
    answer: ServerResponse,
  ) => void;
}

/** Whether it wants a closer look: by Fastify's way there are the rules for it. */
const isUnusual = (message: IncomingMessage): boolean =>
  message.headers[HOP_HEADER] !== undefined || hasTwoHosts(message);

interface Failure {
  readonly requestId: string;
  readonly error: unknown;
}

/**
 * A short cut for the routes that most of the load comes by. A request whose token is known from a moment ago, and may do what it
 * asks for, is answered without Fastify, which would cost it a good part of what it costs in all. Everything else goes Fastify's
 * way, where the same routes are registered as well: other credentials, whoever is refused, and each error, which is told there
 * in the words of the route. So there is one place that refuses.
 */
export class DirectRoutes {
  readonly #routes = new Map<string, DirectRoute>();
  readonly #failures = new WeakMap<IncomingMessage, Failure>();

  constructor(private readonly options: Options) {}

  add(route: DirectRoute): void {
    this.#routes.set(route.url, route);
  }

  /** What came of a request that was taken here and could not be answered. */
  failureOf(message: IncomingMessage): Failure | undefined {
    return this.#failures.get(message);
  }

  /** From now on, until it closes, requests come here before they come to Fastify. */
  attach(app: FastifyInstance, isClosing: () => boolean): void {
    const [fastifyHandler] = app.server.listeners('request') as RequestListener[];
    if (fastifyHandler === undefined) throw new Error('the server has no handler to stand in front of');
    app.server.off('request', fastifyHandler);
    app.server.on('request', (message: IncomingMessage, answer: ServerResponse) => {
      if (isClosing() || !this.#takes(message, answer, fastifyHandler)) fastifyHandler(message, answer);
    });
  }

  #takes(message: IncomingMessage, answer: ServerResponse, otherwise: RequestListener): boolean {
    if (message.method !== 'POST') return false;
    const { url = '', socket } = message;
    const route = this.#routes.get(url);
    const { authorization } = message.headers;
    if (route === undefined || authorization === undefined || isUnusual(message)) return false;
    const { requestId, clientIp, log, logger } = this.options;
    const id = requestId(message);
    const ip = clientIp(message);
    const actor = this.#admitted({ authorization, socket }, { ip, requestId: id }, route.access);
    if (actor === null) return false;
    this.options.onKnown(socket);
    log({ id, method: 'POST', url, clientIp: ip }, url, answer);
    route.handle({ id, actor, raw: message, answer }).catch((error: unknown) => {
      if (answer.headersSent) {
        // It is too late for words: an answer that is cut is known to be none.
        logger.error({ err: error, requestId: id }, 'a request failed while it was answered');
        answer.destroy();
        return;
      }
      this.#failures.set(message, { requestId: id, error });
      otherwise(message, answer);
    });
    return true;
  }

  /** Null: it is not known yet, or is refused, which is found out and said again by Fastify's way. */
  #admitted(
    { authorization, socket }: { readonly authorization: string; readonly socket: object },
    origin: Parameters<Credentials['recall']>[1],
    access: Access,
  ): Actor | null {
    try {
      const actor = this.options.credentials.recall({ authorization, sessionToken: undefined, socket }, origin);
      if (actor !== null) authorize(actor, access);
      return actor;
    } catch {
      return null;
    }
  }
}
