import { auditDomain } from '../audit/domain.js';
import type { Actor } from '../auth/actor.js';
import { authDomain } from '../auth/domain.js';
import type { Arrival } from '../auth/exchange.js';
import { connectionsDomain } from '../connections/domain.js';
import { eventsDomain } from '../events/domain.js';
import { gatewayDomain } from '../gateway/domain.js';
import { routingDomain } from '../gateway/routing/domain.js';
import type { HttpServer } from '../http/server.js';
import { DomainList } from '../lib/domain.js';
import { catalogueDomain } from '../models/discovery/domain.js';
import { modelsDomain } from '../models/domain.js';
import { monitorDomain } from '../monitor/domain.js';
import { secretsDomain } from '../secrets/domain.js';
import { usageDomain } from '../usage/domain.js';
import type { Core } from './core.js';
import { outboundDomain } from './outbound.js';

/** What the routes of domains register at. */
export interface RouteHost {
  readonly app: HttpServer['app'];
  readonly direct: HttpServer['direct'];
  /** Who acts for a request without credentials, where its network is open; null: nobody. */
  readonly fallbackActor: (arrival: Arrival) => Actor | null;
}

/**
 * Everything the server is made of, in the order in which it is built and started. It stops in the reverse order: usage
 * stops late, because a request that is cut at the end is usage, too.
 */
export const domains = DomainList.over<Core, RouteHost>()
  .with(secretsDomain)
  .with(usageDomain)
  .with(outboundDomain)
  .with(authDomain)
  .with(catalogueDomain)
  .with(connectionsDomain)
  .with(modelsDomain)
  .with(eventsDomain)
  .with(routingDomain)
  .with(monitorDomain)
  .with(gatewayDomain)
  .with(auditDomain);

export type Services = ReturnType<typeof domains.create>['services'];
