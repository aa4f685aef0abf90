import type { AddressInfo } from 'node:net';
import type { GraphQLSchema } from 'graphql';
import type { ListeningAddress } from '@intrallm/providers';
import { openCore } from './app/core.js';
import { domains, type Services } from './app/domains.js';
import { createHousekeeping } from './app/housekeeping.js';
import { Running } from './app/running.js';
import { createServing, type ServeOptions } from './app/serve.js';
import type { Config } from './config.js';
import { unavailable } from './errors.js';
import { ownUrl } from './http/address/own-url.js';
import { createMetrics } from './http/metrics.js';
import type { HttpServer } from './http/server.js';
import { lostLines, type Logger } from './log/logger.js';
import type { Cadence } from './monitor/checks/cadence.js';

export interface App {
  /** Where it listens, or what browsers see where that is set. */
  readonly url: string;
  /** Where it listens, whatever browsers see. */
  readonly listensOn: string;
  /** By which the first administrator is created, once; null where somebody exists. */
  readonly setUpLink: string | null;
  readonly services: Services;
  readonly http: HttpServer;
  readonly schema: GraphQLSchema;
  /** Stops in the reverse order of starting. What was acknowledged is stored. */
  close(): Promise<void>;
}

export interface AppOptions extends Pick<ServeOptions, 'adminFiles' | 'resultCacheBytes'> {
  /** Intervals of the checks; for tests. By default those of the settings. */
  readonly cadence?: Cadence;
}

/** Builds everything and serves it. Rejects, with nothing left running, where that is not possible. */
export async function startApp(config: Config, logger: Logger, options: AppOptions = {}): Promise<App> {
  const { cadence, ...serveOptions } = options;
  const listening: ListeningAddress[] = [];
  const metrics = createMetrics(() => lostLines(logger));
  const { registry } = metrics;
  const given = {
    config,
    logger,
    registry,
    ownAddresses: () => listening,
    ...(cadence === undefined ? {} : { cadence }),
  };
  const core = await openCore(given, domains.entities);
  const running = new Running();
  try {
    await running.start({ stop: () => core.database.close() });
    const { services, parts } = domains.create(core);
    for (const part of parts) await running.start(part);
    const jobs = parts.flatMap(({ housekeeping = [] }) => housekeeping);
    await running.start(createHousekeeping(jobs, logger));
    let isReady = false;
    const checkReady = async (): Promise<void> => {
      if (!isReady) throw unavailable('The server is starting.');
      await core.database.ping();
    };
    const { http, sockets, schema } = await createServing({ services, parts, metrics, checkReady, ...serveOptions });
    await running.start({
      start: async () => {
        await http.app.listen({ host: config.host, port: config.port });
      },
      stop: () => http.close(),
    });
    await running.start({ stop: () => sockets.close() });
    http.connections.announce();
    listening.push(...addressesOf(http));
    const { port } = http.app.server.address() as AddressInfo;
    const listensOn = ownUrl(config.host, port);
    const url = (config.publicUrl ?? listensOn) + config.basePath;
    const setUpLink = await services.setUp.begin(url);
    isReady = true;
    return { url, listensOn, setUpLink, services, http, schema, close: () => running.stop() };
  } catch (error) {
    await running.stop();
    throw error;
  }
}

/** As they were bound: a name in the settings says nothing to those who judge addresses. */
const addressesOf = (http: HttpServer): ListeningAddress[] =>
  http.app
    .addresses()
    .flatMap((bound) => (typeof bound === 'object' ? [{ host: bound.address, port: bound.port }] : []));
