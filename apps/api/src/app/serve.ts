import { existsSync } from 'node:fs';
import path from 'node:path';
import type { GraphQLSchema } from 'graphql';
import { stillStands } from '../auth/credentials/still-stands.js';
import { Documents } from '../graphql/documents.js';
import { Pacer } from '../graphql/pacing/pacer.js';
import { ResultCache } from '../graphql/results/result-cache.js';
import { graphqlRoutes } from '../graphql/routes.js';
import { createSchema } from '../graphql/schema.js';
import { createApolloServer } from '../graphql/server.js';
import { GraphqlSockets } from '../graphql/sockets/graphql-sockets.js';
import { openNetwork } from '../http/address/open-network.js';
import type { Metrics } from '../http/metrics.js';
import { createHttpServer, type HttpServer } from '../http/server.js';
import { readDeviceCookie, readSessionCookie, sessionCookie } from '../http/session-cookie.js';
import type { DomainParts } from '../lib/domain.js';
import type { RouteHost, Services } from './domains.js';

export interface ServeOptions {
  readonly services: Services;
  readonly parts: readonly DomainParts<RouteHost>[];
  readonly metrics: Metrics;
  readonly checkReady: () => Promise<void>;
  /** Folder of the built admin app; by default the one beside this package, where it was built. */
  readonly adminFiles?: string | null;
  /** Kept answers of hot queries, in UTF-16 code units; 0 keeps none. Default: 32 Mi. */
  readonly resultCacheBytes?: number;
}

export interface Serving {
  readonly http: HttpServer;
  readonly sockets: GraphqlSockets;
  readonly schema: GraphQLSchema;
}

const RESULT_CACHE_BYTES = 32 * 1024 * 1024;

/** The HTTP server with GraphQL and the routes of all domains. It does not listen yet. */
export async function createServing(options: ServeOptions): Promise<Serving> {
  const { services, parts, metrics, checkReady } = options;
  const { config, credentials, hops, logger } = services;
  const http = await createHttpServer({
    config,
    logger,
    credentials,
    metrics,
    checkReady,
    judgeHops: (headers) => hops.judge(headers),
    adminFiles: options.adminFiles === undefined ? builtAdminApp() : options.adminFiles,
  });
  const pacer = new Pacer();
  const schema = createSchema(resolversOf(parts), pacer);
  await serveGraphql({ http, schema, pacer, services, maxBytes: options.resultCacheBytes ?? RESULT_CACHE_BYTES });
  const networks = config.ollamaOpenNetworks;
  if (networks.length > 0)
    logger.warn({ networks }, 'clients of these networks may use the Ollama API without a token');
  const fallbackActor = openNetwork({ ...http, networks });
  for (const { routes } of parts) await routes?.({ app: http.app, direct: http.direct, fallbackActor });
  return { http, schema, sockets: attachSockets(http, schema, services) };
}

/** Every resolver of these domains. */
export const resolversOf = (parts: readonly DomainParts[]): object[] =>
  parts.flatMap(({ resolvers = [] }) => resolvers);

interface GraphqlParts {
  readonly http: HttpServer;
  readonly schema: GraphQLSchema;
  readonly pacer: Pacer;
  readonly services: Services;
  readonly maxBytes: number;
}

async function serveGraphql({ http, schema, pacer, services, maxBytes }: GraphqlParts): Promise<void> {
  const { config, database, logger, versions } = services;
  const documents = new Documents(schema);
  const cache = new ResultCache({ versions, maxBytes });
  const apollo = createApolloServer({
    schema,
    documents,
    sizes: () => services.catalogueSize.read(),
    pacer,
    cache,
    logger,
    stands: (actor) => stillStands(database, actor),
  });
  await apollo.start();
  await http.app.register(graphqlRoutes, {
    apollo,
    cache,
    documents,
    logger,
    deviceNotes: readDeviceCookie,
    sessionCookie: (reply) =>
      sessionCookie(reply, { secure: http.isSecure(reply.request.raw), basePath: config.basePath }),
  });
}

function attachSockets(http: HttpServer, schema: GraphQLSchema, services: Services): GraphqlSockets {
  const { credentials, credentialWatch, logger } = services;
  const sockets = new GraphqlSockets({
    schema,
    logger,
    isOwnOrigin: (request) => http.ownOrigin.isOwn(request),
    onKnown: (request) => http.connections.know(request.socket),
    earlier: http.earlier,
    clientIp: (request) => http.clientIp(request),
    onCredentialEnd: (actor, ended) => credentialWatch.watch(actor, ended),
    authenticate: ({ authorization, cookie, ip, requestId }) =>
      credentials.authenticate({ authorization, sessionToken: readSessionCookie(cookie) }, { ip, requestId }),
  });
  sockets.attach(http.app.server);
  return sockets;
}

function builtAdminApp(): string | null {
  const folder = path.join(import.meta.dirname, '..', '..', '..', 'admin', 'dist');
  return existsSync(path.join(folder, 'index.html')) ? folder : null;
}
