import type { FastifyInstance, FastifyReply, RouteOptions } from 'fastify';
import { anonymous, type Access, type Actor } from '../../auth/actor.js';
import type { SessionCookie } from '../../auth/request-context.js';
import type { AccessRule, Admission, Gate } from './gate.js';

declare module 'fastify' {
  /** A server with a route that states no access does not start. */
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- declarations are merged by interfaces alone
  interface FastifyContextConfig extends AccessRule {}
  interface FastifyRequest {
    /** The caller's address: behind trusted proxies, the one they name. Null: the connection was closed already. */
    clientIp: string | null;
    /** What the route states; Fastify puts it together anew each time `routeOptions` is read. */
    route: FastifyRequest['routeOptions'];
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

/** Registers a route that states its access. Fastify's own methods do as well, with `config.access`. */
export function route(app: FastifyInstance, options: RouteOptions & { access: Access; identify?: boolean }): void {
  const { access, identify = false, ...rest } = options;
  app.route({ ...rest, config: { ...rest.config, access, identify } });
}

/**
 * Puts the gate in front of every route of Fastify, before a body is read. Gives the list of routes, which grows as
 * they are registered. Registering a route without access throws.
 */
export function guardRoutes(
  app: FastifyInstance,
  gate: Gate,
  cookieOf: (reply: FastifyReply) => SessionCookie,
): readonly RegisteredRoute[] {
  const routes: RegisteredRoute[] = [];
  app.decorateRequest('clientIp', null);
  app.decorateRequest('route');
  app.decorateRequest('actor');
  app.addHook('onRoute', ({ method, url, config }) => {
    const access = config?.access;
    if (access === undefined) throw new Error(`the route ${String(method)} ${url} does not state who may use it`);
    for (const one of [method].flat()) routes.push({ method: one, url, access });
  });
  app.addHook('onRequest', (request, reply, done) => {
    const { raw } = request;
    // Now, because Node forgets the address of a connection when it closes.
    request.clientIp = gate.clientIp(raw);
    request.route = request.routeOptions;
    const handedOver = gate.handedOver(raw);
    if (handedOver === undefined) gate.note(request, request.route.url ?? 'none', reply.raw);
    const goOn = (admission: Exclude<Admission, { outcome: 'UNKNOWN' }>): void => {
      if (admission.outcome === 'ADMITTED') {
        request.actor = admission.actor;
        done();
        return;
      }
      request.actor = anonymous({ ip: request.clientIp, requestId: request.id });
      if (admission.endsSession) cookieOf(reply).clear();
      done(admission.error as Error);
    };
    const admission = handedOver ?? gate.admit(request, request.route.config);
    // Most callers are known from a moment ago, and go on at once.
    if (admission.outcome === 'UNKNOWN') gate.lookUp(request, request.route.config).then(goOn, done);
    else goOn(admission);
  });
  app.addHook('preClose', (done) => {
    gate.close();
    done();
  });
  return routes;
}
