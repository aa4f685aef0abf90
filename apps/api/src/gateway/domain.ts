import type { FastifyInstance } from 'fastify';
import type { Dispatcher } from 'undici';
import type { Actor } from '../auth/actor.js';
import type { CredentialWatch } from '../auth/credentials/credential-watch.js';
import type { Arrival, DirectAnswers } from '../auth/exchange.js';
import type { EndpointOpener } from '../connections/endpoint/endpoint-opener.js';
import type { DomainParts } from '../lib/domain.js';
import type { Logger } from '../log/logger.js';
import type { GatewayMetrics } from './accounting/gateway-metrics.js';
import { RequestAccounts, type UsageObserver } from './accounting/request-accounting.js';
import { TokenLimits } from './accounting/token-limits.js';
import type { TrafficObserver } from './accounting/traffic-observer.js';
import { Forwarder } from './forwarding/forwarder.js';
import type { Hops } from './forwarding/hops.js';
import { BodyBudget } from './http/body-budget.js';
import type { GatewayRouteOptions } from './http/gateway-route.js';
import { ollamaRoutes } from './ollama/ollama-routes.js';
import { openaiRoutes } from './openai/openai-routes.js';
import type { EndpointLoad } from './routing/endpoint-load.js';
import type { RoutingService } from './routing/routing.service.js';

interface Needs {
  readonly routing: RoutingService;
  readonly load: EndpointLoad;
  readonly gatewayMetrics: GatewayMetrics;
  readonly opener: Pick<EndpointOpener, 'openWith'>;
  readonly dispatcher: Dispatcher;
  readonly hops: Hops;
  /** Is told what requests show of the endpoints. */
  readonly monitor: TrafficObserver;
  /** Is told what requests used. */
  readonly usageRecorder: UsageObserver;
  readonly credentialWatch: CredentialWatch;
  readonly logger: Logger;
  /** Of the server: clients of the Ollama API ask for it. */
  readonly version: string;
}

/** The APIs that callers speak, each with its dialect. */
const CALLER_APIS = [
  { prefix: '/v1', routes: openaiRoutes },
  { prefix: '/api', routes: ollamaRoutes },
];

/** What the routes register at. */
interface Http {
  readonly app: FastifyInstance;
  readonly direct: DirectAnswers;
  /** Who acts for a request without credentials; null: nobody. */
  readonly fallbackActor: (arrival: Arrival) => Actor | null;
}

export const gatewayDomain = {
  create(needs: Needs) {
    const { routing, load, opener, dispatcher, hops, gatewayMetrics, credentialWatch, logger, version } = needs;
    const forwarder = new Forwarder({
      routing,
      open: (connection, secrets) => opener.openWith(connection, secrets),
      dispatcher,
      observer: needs.monitor,
      load,
      hops,
    });
    const bodyBudget = new BodyBudget();
    const shared: Omit<GatewayRouteOptions, 'direct'> = {
      forwarder,
      routing,
      budget: bodyBudget,
      limits: new TokenLimits(),
      accounts: new RequestAccounts({ metrics: gatewayMetrics, usage: needs.usageRecorder, table: routing.table }),
      watch: credentialWatch.watch.bind(credentialWatch),
      logger,
    };
    return {
      services: { forwarder, bodyBudget },
      routes: async ({ app, direct, fallbackActor }: Http) => {
        const options = { ...shared, direct, ownVersion: version, fallbackActor };
        for (const { prefix, routes } of CALLER_APIS) await app.register(routes, { prefix, ...options });
      },
    } satisfies DomainParts;
  },
};
