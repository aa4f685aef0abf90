import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { ListeningAddress } from '@intrallm/providers';
import { startHeadLog } from './audit/head-log.js';
import { stillStands } from './auth/credentials/still-stands.js';
import type { Config } from './config.js';
import { unavailable } from './errors.js';
import { ollamaRoutes } from './gateway/ollama/ollama-routes.js';
import { openaiRoutes } from './gateway/openai/openai-routes.js';
import { Documents } from './graphql/documents.js';
import { Pacer } from './graphql/pacing/pacer.js';
import { ResultCache } from './graphql/results/result-cache.js';
import { graphqlRoutes } from './graphql/routes.js';
import { createSchema } from './graphql/schema.js';
import { createApolloServer } from './graphql/server.js';
import { GraphqlSockets } from './graphql/sockets.js';
import { startHousekeeping } from './housekeeping.js';
import { openNetwork } from './http/address/open-network.js';
import { ownUrl } from './http/address/own-url.js';
import { createHttpServer, type HttpServer } from './http/server.js';
import { readDeviceCookie, readSessionCookie, sessionCookie } from './http/session-cookie.js';
import type { Logger } from './log/logger.js';
import type { Cadence } from './monitor/checks/cadence.js';
import { createResolvers } from './resolvers.js';
import { buildServices, type Services } from './services.js';

const RESULT_CACHE_BYTES = 32 * 1024 * 1024;

export interface App {
  /** Where it listens, or what browsers see where that is set. */
  readonly url: string;
  /** Where it listens, whatever browsers see. */
  readonly listensOn: string;
  /** By which the first administrator is created, once; null where somebody exists. */
  readonly setUpLink: string | null;
  readonly services: Services;
  readonly http: HttpServer;
  /** Stops in the reverse order of starting. What was acknowledged is stored. */
  close(): Promise<void>;
}

export interface AppOptions {
  /** Folder of the built admin app; by default the one beside this package, where it was built. */
  readonly adminFiles?: string | null;
  /** Intervals of the checks; for tests. */
  readonly cadence?: Cadence;
  /** Kept answers of hot queries, in UTF-16 code units; 0 keeps none. Default: 32 Mi. */
  readonly resultCacheBytes?: number;
}

/** Builds everything and serves it. Rejects, with nothing left running, where that is not possible. */
export async function startApp(config: Config, logger: Logger, options: AppOptions = {}): Promise<App> {
  const listening: ListeningAddress[] = [];
  const services = await buildServices({
    config,
    logger,
    ownAddresses: () => listening,
    ...(options.cadence === undefined ? {} : { cadence: options.cadence }),
  });
  const ending: (() => Promise<void> | void)[] = [() => services.database.close()];
  try {
    await startServices(services, config, logger, ending);
    let isReady = false;
    const checkReady = async (): Promise<void> => {
      if (!isReady) throw unavailable('The server is starting.');
      await services.database.ping();
    };
    const { http, sockets } = await serve(services, { config, logger, checkReady, ...options });
    ending.push(() => http.close());
    await http.app.listen({ host: config.host, port: config.port });
    ending.push(() => sockets.close());
    http.connections.announce();
    const { port } = http.app.server.address() as AddressInfo;
    // As they were bound: a name in the settings says nothing to those who judge addresses.
    for (const bound of http.app.addresses()) {
      if (typeof bound === 'object') listening.push({ host: bound.address, port: bound.port });
    }
    const listensOn = ownUrl(config.host, port);
    const url = (config.publicUrl ?? listensOn) + config.basePath;
    const setUpLink = await services.setUp.begin(url);
    isReady = true;
    return { url, listensOn, setUpLink, services, http, close: () => endAll(ending) };
  } catch (error) {
    await endAll(ending);
    throw error;
  }
}

async function startServices(
  services: Services,
  config: Config,
  logger: Logger,
  ending: (() => Promise<void> | void)[],
) {
  await services.vault.checkKeys(services.database, logger);
  // Before anybody can come: whoever knows the settings signs in as soon as there is an answer.
  await services.setUp.createFromSettings();
  await services.managedConnections.syncManaged(config.managed);
  services.usageRecorder.start();
  // Last but for the database: requests that are cut at the end are usage, too.
  ending.push(() => services.usageRecorder.stop());
  ending.push(() => services.client.close());
  ending.push(() => services.dispatcher.destroy());
  ending.push(() => services.credentials.close());
  await services.tail.start();
  ending.push(() => services.tail.stop());
  ending.push(services.versions.follow(services.tail));
  await services.statusFeed.start();
  ending.push(() => {
    services.statusFeed.stop();
  });
  await services.routing.start();
  ending.push(() => services.routing.stop());
  await services.monitor.start();
  ending.push(() => services.monitor.stop());
  // One server alone has a SQLite file, so what is not finished in there is nobody's.
  await services.refreshes.resume({ isAlone: services.database.kind === 'sqlite' });
  ending.push(() => services.refreshes.stop());
  ending.push(startHousekeeping(services, logger));
  ending.push(startHeadLog(services.audit, logger));
}

interface ServeOptions extends AppOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly checkReady: () => Promise<void>;
}

async function serve(services: Services, { config, logger, checkReady, ...options }: ServeOptions) {
  const { credentials, metrics } = services;
  const http = await createHttpServer({
    config,
    logger,
    credentials,
    metrics,
    checkReady,
    judgeHops: (headers) => services.hops.judge(headers),
    adminFiles: options.adminFiles === undefined ? builtAdminApp() : options.adminFiles,
  });
  const pacer = new Pacer();
  const schema = createSchema(createResolvers(services), pacer);
  const documents = new Documents(schema);
  const cache = new ResultCache({
    versions: services.versions,
    maxBytes: options.resultCacheBytes ?? RESULT_CACHE_BYTES,
  });
  const sizes = () => services.catalogueSize.read();
  const apollo = createApolloServer({
    schema,
    documents,
    sizes,
    pacer,
    cache,
    logger,
    stands: (actor) => stillStands(services.database, actor),
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
  const gateway = {
    forwarder: services.forwarder,
    routing: services.routing,
    budget: services.bodyBudget,
    limits: services.tokenLimits,
    accounts: services.requestAccounts,
    direct: http.direct,
    watch: services.credentialWatch.watch.bind(services.credentialWatch),
    logger,
  };
  await http.app.register(openaiRoutes, { prefix: '/v1', ...gateway });
  const networks = config.ollamaOpenNetworks;
  if (networks.length > 0)
    logger.warn({ networks }, 'clients of these networks may use the Ollama API without a token');
  await http.app.register(ollamaRoutes, {
    prefix: '/api',
    ...gateway,
    ownVersion: services.version,
    fallbackActor: openNetwork({ ...http, networks }),
  });
  const sockets = new GraphqlSockets({
    schema,
    logger,
    isOwnOrigin: (request) => http.ownOrigin.isOwn(request),
    onKnown: (request) => http.connections.know(request.socket),
    earlier: http.earlier,
    clientIp: (request) => http.clientIp(request),
    onCredentialEnd: (actor, ended) => services.credentialWatch.watch(actor, ended),
    authenticate: ({ authorization, cookie, ip, requestId }) =>
      credentials.authenticate({ authorization, sessionToken: readSessionCookie(cookie) }, { ip, requestId }),
  });
  sockets.attach(http.app.server);
  return { http, sockets };
}

function builtAdminApp(): string | null {
  const folder = path.join(import.meta.dirname, '..', '..', 'admin', 'dist');
  return existsSync(path.join(folder, 'index.html')) ? folder : null;
}

/** Last begun, first ended. A step that fails keeps none of the others from ending; the first failure is thrown at the end. */
async function endAll(ending: (() => Promise<void> | void)[]): Promise<void> {
  const failures: unknown[] = [];
  for (let step = ending.pop(); step !== undefined; step = ending.pop()) {
    try {
      await step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
