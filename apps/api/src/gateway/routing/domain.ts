import type { Registry } from 'prom-client';
import type { Database } from '../../database/database.js';
import type { EventTail } from '../../events/event-tail.js';
import type { DomainParts } from '../../lib/domain.js';
import type { Logger } from '../../log/logger.js';
import type { ModelsInMemory } from '../../models/models-in-memory.js';
import { GatewayMetrics } from '../accounting/gateway-metrics.js';
import { EndpointLoad } from './endpoint-load.js';
import { RoutingService } from './routing.service.js';

interface Needs {
  readonly database: Database;
  readonly tail: EventTail;
  readonly modelsInMemory: ModelsInMemory;
  readonly registry: Registry;
  readonly logger: Logger;
}

/** Where a request may go. It starts before the monitor, whose first results change the routes. */
export const routingDomain = {
  create({ database, tail, modelsInMemory, registry, logger }: Needs) {
    const load = new EndpointLoad();
    const routing = new RoutingService({
      database,
      tail,
      logger,
      inMemory: modelsInMemory,
      followers: [
        load,
        {
          follow: (connection) => gatewayMetrics.follow(connection),
          remove: (connectionId) => gatewayMetrics.remove(connectionId),
        },
      ],
    });
    const gatewayMetrics = new GatewayMetrics({ registry, table: routing.table, load });
    return {
      services: { load, routing, gatewayMetrics },
      start: () => routing.start(),
      stop: () => routing.stop(),
    } satisfies DomainParts;
  },
};
