import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { anonymous, authorize, type Access, type Actor } from '../auth/actor.js';
import type { Credentials } from '../auth/credentials/credentials.js';
import { AppError, forbidden } from '../errors.js';
import type { OwnOrigin } from './address/own-origin.js';
import type { KnownHosts } from './arrival/known-hosts.js';
import { readSessionCookie, sessionCookie } from './session-cookie.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route demands. A server with a route that states nothing does not start. */
    access?: Access;
    /** The actor is looked up although anybody may come: what the route answers depends on it. */
    identify?: boolean;
    /** It is answered under every name that this server is reached by: there is nothing in it that a foreign page may not read. */
    isForAnyHost?: boolean;
    /** A condition under which the route is open to those who present nothing. */
    isOpenTo?: (request: FastifyRequest) => boolean;
    /** Who acts for those who present nothing; null: nobody. What it throws is the answer. */
    fallbackActor?: (request: FastifyRequest) => Actor | null;
  }
  interface FastifyRequest {
    /** Who asks. Set before any handler; nobody on routes for anybody that do not identify. */
    actor: Actor;
  }
}

/** A route as it was registered, for the test that looks for one without access. */
export interface RegisteredRoute {
  readonly method: string;
  readonly url: string;
  readonly access: Access;
}

export interface AccessOptions {
  readonly credentials: Pick<Credentials, 'authenticate' | 'recall'>;
  readonly ownOrigin: OwnOrigin;
  /** Whether the browser of a request reaches us by https. */
  readonly isSecure: (message: IncomingMessage) => boolean;
  readonly hosts: Pick<KnownHosts, 'isAskedByName'>;
  /** Is told of each connection on which a valid credential was shown. */
  readonly onKnown: (socket: Socket) => void;
  /** Where the cookie counts; '' for everywhere on this host. */
  readonly basePath: string;
}

/** Registers a route that states its access. Fastify's own methods do as well, with `config.access`. */
export function route(app: FastifyInstance, options: RouteOptions & { access: Access; identify?: boolean }): void {
  const { access, identify = false, ...rest } = options;
  app.route({ ...rest, config: { ...rest.config, access, identify } });
}

/**
 * Puts the authorise step in front of every route of the server, before a body is read. Gives the list of routes, which
 * grows as they are registered. Registering a route without access throws.
 */
export function guardRoutes(app: FastifyInstance, options: AccessOptions): readonly RegisteredRoute[] {
  const routes: RegisteredRoute[] = [];
  app.decorateRequest('actor');
  app.addHook('onRoute', ({ method, url, config }) => {
    const access = config?.access;
    if (access === undefined) throw new Error(`the route ${String(method)} ${url} does not state who may use it`);
    for (const one of [method].flat()) routes.push({ method: one, url, access });
  });
  app.addHook('onRequest', (request, reply, done) => {
    request.actor = anonymous({ ip: request.clientIp, requestId: request.id });
    const { access, identify, isOpenTo, fallbackActor, isForAnyHost } = request.route.config;
    if (isForAnyHost !== true && isByForeignName(request, options.hosts)) {
      done(forbidden(UNKNOWN_HOST));
      return;
    }
    if (access === undefined || (access.needs === 'ANYBODY' && identify !== true)) {
      done();
      return;
    }
    const admit = (identified: Actor): void => {
      const actor = identified.type === 'anonymous' ? (fallbackActor?.(request) ?? identified) : identified;
      request.actor = actor;
      if (actor.type !== 'anonymous') options.onKnown(request.raw.socket);
      if (actor.type !== 'anonymous' || isOpenTo?.(request) !== true) authorize(actor, access);
    };
    try {
      const identified = identifyRequest(request, reply, options);
      if (identified instanceof Promise) {
        identified.then(admit).then(() => done(), done);
        return;
      }
      // Most are known from a moment ago, and go on at once.
      admit(identified);
    } catch (error) {
      done(error as Error);
      return;
    }
    done();
  });
  return routes;
}

const UNKNOWN_HOST =
  'This server does not know the name that it was reached by. Use its IP address, or set INTRALLM_PUBLIC_URL to the address that browsers use.';

/** A page under such a name may be anybody's, and acts from wherever its browser is. Who shows a token is no page. */
function isByForeignName({ raw }: FastifyRequest, hosts: AccessOptions['hosts']): boolean {
  return raw.headers.authorization === undefined && !hosts.isAskedByName(raw);
}

function identifyRequest(request: FastifyRequest, reply: FastifyReply, options: AccessOptions): Actor | Promise<Actor> {
  const { authorization, cookie } = request.headers;
  const sessionToken = authorization === undefined ? readSessionCookie(cookie) : undefined;
  if (sessionToken !== undefined) options.ownOrigin.require(request.raw);
  const presented = { authorization, sessionToken, socket: request.raw.socket };
  const origin = { ip: request.clientIp, requestId: request.id };
  const { credentials, isSecure, basePath } = options;
  // Scripts cannot remove the cookie: without this, a session that is over would keep its browser from signing in.
  const fail = (error: unknown): never => {
    if (sessionToken !== undefined && error instanceof AppError && error.code === 'UNAUTHENTICATED') {
      sessionCookie(reply, { secure: isSecure(request.raw), basePath }).clear();
    }
    throw error;
  };
  try {
    return credentials.recall(presented, origin) ?? credentials.authenticate(presented, origin).catch(fail);
  } catch (error) {
    return fail(error);
  }
}
