import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { fastify, type FastifyInstance } from 'fastify';
import type { Credentials } from '../auth/credentials/credentials.js';
import type { Config } from '../config.js';
import { AppError } from '../errors.js';
import type { Logger } from '../log/logger.js';
import { guardRoutes, type RegisteredRoute } from './access.js';
import { serveBelow } from './address/base-path.js';
import { OwnOrigin } from './address/own-origin.js';
import { TrustedProxies } from './address/proxies.js';
import { serveAdminFiles } from './admin-files.js';
import { ConnectionLimit } from './arrival/connection-limit.js';
import { EarlierAnswers } from './arrival/earlier-answers.js';
import { hasTwoHosts, KnownHosts } from './arrival/known-hosts.js';
import { connectionsOf, openFilesLimit } from './arrival/open-files.js';
import { tidyTargets } from './arrival/request-target.js';
import { DirectRoutes } from './direct-routes.js';
import { answerErrors, type ErrorAnswer } from './error-answer.js';
import type { Metrics } from './metrics.js';
import { serveOperations } from './operations.js';
import { tellQueuedAnswers } from './pipelined-answers.js';
import { createRequestLog } from './request-log.js';
import { securityHeaders } from './security-headers.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The address it came from: behind trusted proxies, the one they tell of. Null: its connection is gone already. */
    clientIp: string | null;
    /** What is stated of its route; Fastify puts it together anew whenever it is asked. */
    route: FastifyRequest['routeOptions'];
  }
}

export interface HttpServerOptions {
  readonly config: Pick<Config, 'publicUrl' | 'trustedProxies'> & Partial<Pick<Config, 'basePath' | 'host'>>;
  readonly logger: Logger;
  readonly credentials: Pick<Credentials, 'authenticate' | 'recall'>;
  readonly metrics: Metrics;
  /** Throws for a request that this server has sent itself. */
  readonly judgeHops?: (headers: IncomingHttpHeaders) => void;
  /** Throws where requests cannot be served, usually `() => database.ping()`. */
  readonly checkReady: () => Promise<void>;
  /** Folder of the built admin app; null: there is none. */
  readonly adminFiles: string | null;
  /** How many files and connections the process may have open; for tests. By default what the system says; null: nobody says. */
  readonly openFiles?: number | null;
  /** How long to wait, in milliseconds; for tests. By default 15 s for headers and 5 min for a whole request. */
  readonly timeouts?: { readonly headersMs: number; readonly requestMs: number };
}

export interface HttpServer {
  /** Register further routes here before listening; each states its access. */
  readonly app: FastifyInstance;
  /** Every route so far with what it demands. */
  readonly routes: readonly RegisteredRoute[];
  /** Some of the routes as a short cut. */
  readonly direct: DirectRoutes;
  readonly ownOrigin: OwnOrigin;
  readonly proxies: TrustedProxies;
  /** The address behind a raw request, such as a WebSocket handshake. */
  clientIp(message: IncomingMessage): string | null;
  readonly hosts: KnownHosts;
  readonly connections: ConnectionLimit;
  readonly earlier: EarlierAnswers;
  /** The browser of this request reaches us by https: its cookies are Secure. */
  isSecure(message: IncomingMessage): boolean;
  /**
   * Stops accepting, closes idle connections, waits for requests under way, and cuts what is left after the deadline
   * (5 s unless said otherwise).
   */
  close(deadlineMs?: number): Promise<void>;
}

const MAX_HEADER_BYTES = 16 * 1024;
/** Routes that take more say so. */
const MAX_BODY_BYTES = 1024 * 1024;
const KEEP_ALIVE_MS = 72_000;
const TIMEOUTS = { headersMs: 15_000, requestMs: 300_000 };
const CLOSE_WITHIN_MS = 5_000;
const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** The HTTP server with everything that is no domain's own: bounds, identity of requests, headers, log, health, files. */
export async function createHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { config, logger, metrics, timeouts = TIMEOUTS } = options;
  const { basePath = '' } = config;
  const proxies = new TrustedProxies(config.trustedProxies);
  const ownOrigin = new OwnOrigin(config.publicUrl, proxies);
  const hosts = new KnownHosts({ ...config, listensOn: config.host ?? null, proxies });
  const secure = config.publicUrl?.startsWith('https:') ?? false;
  const isSecure = (message: IncomingMessage) => secure || proxies.schemeOf(message) === 'https';
  const headers = securityHeaders(secure);
  const answerError = answerErrors(logger);
  const clientIp = (message: IncomingMessage) => proxies.clientIp(message);
  const log = createRequestLog({ logger, metrics });
  const direct = new DirectRoutes({
    credentials: options.credentials,
    clientIp,
    log,
    logger,
    requestId: (message) => requestId(message, proxies),
    onKnown: (socket) => connections.know(socket),
  });
  const app = fastify({
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    requestIdHeader: false,
    genReqId: (message) => direct.failureOf(message)?.requestId ?? requestId(message, proxies),
    trustProxy: (address) => proxies.trusts(address),
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: timeouts.requestMs,
    forceCloseConnections: 'idle',
    // Not before the hooks: a request that is being answered may still come to be refused.
    return503OnClosing: false,
    // A path that cannot be decoded fits no route, so no hook has run.
    frameworkErrors: (error, request, reply) => {
      log(
        { id: request.id, method: request.method, url: request.url, clientIp: clientIp(request.raw) },
        'none',
        reply.raw,
      );
      void reply.headers(headers).header('x-request-id', request.id);
      void answerError(error, request, reply);
    },
    http: {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: timeouts.headersMs,
      connectionsCheckingInterval: Math.min(5_000, timeouts.headersMs),
      ...UPGRADE_OPTIONS,
    },
  });
  // At the end: an answer that its handler writes by itself, as the gateway does, would pay for them twice.
  app.addHook('onSend', (request, reply, payload, done) => {
    for (const [name, value] of Object.entries(headers)) if (!reply.hasHeader(name)) void reply.header(name, value);
    void reply.header('x-request-id', request.id);
    done(null, payload);
  });
  app.decorateRequest('clientIp', null);
  app.decorateRequest('route');
  app.addHook('onRequest', (request, reply, done) => {
    // Now: of a request whose connection is gone it cannot be told any more.
    request.clientIp = clientIp(request.raw);
    request.route = request.routeOptions;
    const failure = direct.failureOf(request.raw);
    if (failure !== undefined) {
      // It is in the log already, and who asks has been found out: only the error is to be told.
      done(failure.error as Error);
      return;
    }
    log(request, request.route.url ?? 'none', reply.raw);
    if (hasTwoHosts(request.raw)) done(new AppError('BAD_USER_INPUT', 'A request must have one Host header.'));
    else if (isClosing) done(new AppError('OVERLOADED', 'The server is stopping.', { retryAfterMs: 1_000 }));
    else done(refusalOf(() => options.judgeHops?.(request.headers)));
  });
  let isClosing = false;
  app.addHook('preClose', (done) => {
    isClosing = true;
    done();
  });
  direct.attach(app, () => isClosing);
  tidyTargets(app.server);
  serveBelow(basePath, app.server);
  const earlier = new EarlierAnswers(app.server);
  const openFiles = options.openFiles === undefined ? openFilesLimit() : options.openFiles;
  const connections = new ConnectionLimit(app.server, { most: connectionsOf(openFiles), openFiles, logger });
  tellQueuedAnswers(app.server);
  const routes = guardRoutes(app, {
    credentials: options.credentials,
    ownOrigin,
    hosts,
    isSecure,
    basePath,
    onKnown: (socket) => connections.know(socket),
  });
  app.setErrorHandler(answerError);
  app.setNotFoundHandler((request, reply) => {
    const answer: ErrorAnswer = {
      error: { code: 'NOT_FOUND', message: 'There is nothing here.', requestId: request.id },
    };
    return reply.code(404).send(answer);
  });
  serveOperations(app, { metrics, checkReady: options.checkReady, hasPublicUrl: config.publicUrl !== null });
  if (options.adminFiles !== null) await serveAdminFiles(app, options.adminFiles, basePath);
  return {
    app,
    routes,
    direct,
    ownOrigin,
    proxies,
    hosts,
    connections,
    earlier,
    isSecure,
    clientIp,
    close: (deadlineMs = CLOSE_WITHIN_MS) => close(app, deadlineMs),
  };
}

function refusalOf(judge: () => void): Error | undefined {
  try {
    judge();
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

/** Our own id, or the one of a trusted proxy, so that both logs name the request alike. */
function requestId(message: IncomingMessage, proxies: TrustedProxies): string {
  const given = message.headers['x-request-id'];
  if (typeof given === 'string' && REQUEST_ID.test(given) && proxies.trusts(message.socket.remoteAddress)) return given;
  return randomUUID();
}

/** No other protocol is spoken here: a request that offers HTTP/2 as well is served as if it had not. */
export const asksForWebSocket = ({ headers }: IncomingMessage): boolean =>
  headers.upgrade?.toLowerCase() === 'websocket';

// Node.js 22 and newer call it, Node.js 20 and its types do not know it: there `serveWithoutUpgrade` does the same.
const UPGRADE_OPTIONS = { shouldUpgradeCallback: asksForWebSocket };

async function close(app: FastifyInstance, deadlineMs: number): Promise<void> {
  const closed = app.close();
  const patience = new AbortController();
  const cut = delay(deadlineMs, undefined, { signal: patience.signal }).then(
    () => {
      app.server.closeAllConnections();
    },
    () => undefined,
  );
  await closed;
  patience.abort();
  await cut;
}
