import type { IncomingHttpHeaders, IncomingMessage, Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { fastify, type FastifyHttpOptions, type FastifyInstance, type FastifyReply } from 'fastify';
import type { Credentials } from '../auth/credentials/credentials.js';
import type { Logger } from '../log/logger.js';
import { createAddressing, type Addressing, type AddressSettings } from './address/addressing.js';
import { serveBelow } from './address/base-path.js';
import { serveAdminFiles } from './admin-files.js';
import { ConnectionLimit } from './arrival/connection-limit.js';
import { EarlierAnswers } from './arrival/earlier-answers.js';
import { connectionsOf, openFilesLimit } from './arrival/open-files.js';
import { tidyTargets } from './arrival/request-target.js';
import { answerErrors, type ErrorAnswer } from './error-answer.js';
import { DirectRoutes } from './gate/direct-routes.js';
import { guardRoutes, type RegisteredRoute } from './gate/gate-hook.js';
import { Gate } from './gate/gate.js';
import type { Metrics } from './metrics.js';
import { serveOperations } from './operations.js';
import { tellQueuedAnswers } from './pipelined-answers.js';
import { securityHeaders } from './security-headers.js';
import { sessionCookie } from './session-cookie.js';

export interface HttpServerOptions {
  readonly config: AddressSettings;
  readonly logger: Logger;
  readonly credentials: Pick<Credentials, 'authenticate' | 'recall'>;
  readonly metrics: Metrics;
  /** Throws for a request that this server has sent itself. */
  readonly judgeHops?: (headers: IncomingHttpHeaders) => void;
  /** Throws when requests cannot be served; usually `() => database.ping()`. */
  readonly checkReady: () => Promise<void>;
  /** Folder of the built admin app; null: there is none. */
  readonly adminFiles: string | null;
  /**
   * How many files and connections the process may have open, for tests; null: not known. Default: the limit of the
   * system.
   */
  readonly openFiles?: number | null;
  /** How long to wait, in milliseconds; for tests. By default 15 s for headers and 5 min for a whole request. */
  readonly timeouts?: { readonly headersMs: number; readonly requestMs: number };
}

export interface HttpServer extends Addressing {
  /** Register further routes here before listening; each states its access. */
  readonly app: FastifyInstance;
  /** Every route so far, with the access that it demands. */
  readonly routes: readonly RegisteredRoute[];
  /** For routes that write their answers by themselves. */
  readonly direct: DirectRoutes;
  readonly connections: ConnectionLimit;
  readonly earlier: EarlierAnswers;
  /**
   * Stops accepting, closes idle connections, waits for requests under way, and cuts what is left after the deadline
   * (5 s unless said otherwise).
   */
  close(deadlineMs?: number): Promise<void>;
}

const MAX_HEADER_BYTES = 16 * 1024;
/** Routes that take larger bodies state a limit of their own. */
const MAX_BODY_BYTES = 1024 * 1024;
const KEEP_ALIVE_MS = 72_000;
const TIMEOUTS = { headersMs: 15_000, requestMs: 300_000 };
const CLOSE_WITHIN_MS = 5_000;

/** The HTTP server with everything that belongs to no domain: bounds, the gate, security headers, health and files. */
export async function createHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { config, logger, metrics, credentials } = options;
  const { basePath = '' } = config;
  const addressing = createAddressing(config);
  const gate = new Gate({
    credentials,
    addressing,
    logger,
    metrics,
    judgeHops: options.judgeHops,
    onKnown: (socket) => connections.know(socket),
  });
  const addHeaders = headerWriter(securityHeaders(addressing.isAlwaysSecure));
  const answerError = answerErrors(logger);
  const app = fastify({
    ...boundsOf(options.timeouts ?? TIMEOUTS),
    genReqId: (message) => gate.idOf(message),
    trustProxy: (address) => addressing.proxies.trusts(address),
    // The path of the request cannot be decoded, so it fits no route and no hook has run.
    frameworkErrors: (error, request, reply) => {
      gate.note(gate.arrive(request.raw, request.id), 'none', reply.raw);
      addHeaders(reply);
      void answerError(error, request, reply);
    },
  });
  // As late as that, because the gateway writes its answers by itself and would pay for headers that it does not use.
  app.addHook('onSend', (_request, reply, payload, done) => {
    addHeaders(reply);
    done(null, payload);
  });
  const direct = new DirectRoutes(gate);
  direct.attach(app);
  const { earlier, connections } = watchArrivals(app.server, options);
  const cookieOf = (reply: FastifyReply) =>
    sessionCookie(reply, { secure: addressing.isSecure(reply.request.raw), basePath });
  const routes = guardRoutes(app, gate, cookieOf);
  app.setErrorHandler(answerError);
  app.setNotFoundHandler((request, reply) => reply.code(404).send(nothingHere(request.id)));
  serveOperations(app, { metrics, checkReady: options.checkReady, hasPublicUrl: config.publicUrl !== null });
  if (options.adminFiles !== null) await serveAdminFiles(app, options.adminFiles, basePath);
  const end = (deadlineMs = CLOSE_WITHIN_MS) => close(app, deadlineMs);
  return { app, routes, direct, connections, earlier, close: end, ...addressing };
}

/** How long Fastify and Node wait, and how much they take. */
function boundsOf({ headersMs, requestMs }: NonNullable<HttpServerOptions['timeouts']>) {
  return {
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    requestIdHeader: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: requestMs,
    forceCloseConnections: 'idle',
    // The gate refuses by itself when the server closes: a request that was handed over is told its own error even
    // then.
    return503OnClosing: false,
    http: {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: headersMs,
      connectionsCheckingInterval: Math.min(5_000, headersMs),
      ...UPGRADE_OPTIONS,
    },
  } satisfies FastifyHttpOptions<Server>;
}

/** Adds the id of the request, and those of `headers` that the answer does not have. */
function headerWriter(headers: Readonly<Record<string, string>>) {
  return (reply: FastifyReply): void => {
    for (const [name, value] of Object.entries(headers)) if (!reply.hasHeader(name)) void reply.header(name, value);
    void reply.header('x-request-id', reply.request.id);
  };
}

/**
 * Puts the listeners that work on connections, and on requests before they are routed, in front of all others of the
 * server.
 */
function watchArrivals(server: Server, { config, logger, openFiles = openFilesLimit() }: HttpServerOptions) {
  tidyTargets(server);
  serveBelow(config.basePath ?? '', server);
  const earlier = new EarlierAnswers(server);
  const connections = new ConnectionLimit(server, { most: connectionsOf(openFiles), openFiles, logger });
  tellQueuedAnswers(server);
  return { earlier, connections };
}

const nothingHere = (requestId: string): ErrorAnswer => ({
  error: { code: 'NOT_FOUND', message: 'There is nothing here.', requestId },
});

/**
 * WebSocket is the only other protocol that is spoken here: a request that offers HTTP/2 is served as if it had not.
 */
export const asksForWebSocket = ({ headers }: IncomingMessage): boolean =>
  headers.upgrade?.toLowerCase() === 'websocket';

// Node.js 22 and newer call it. Node.js 20 and its types do not know it: there `serveWithoutUpgrade` does the same.
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
