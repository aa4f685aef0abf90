import { AuditResolver } from './audit/audit.resolver.js';
import { UserResolver } from './auth/people/user.resolver.js';
import { SessionResolver } from './auth/sessions/session.resolver.js';
import { ApiTokenResolver } from './auth/tokens/api-token.resolver.js';
import { ConnectionFieldsResolver } from './connections/connection-fields.resolver.js';
import { ConnectionResolver } from './connections/connection.resolver.js';
import { ConnectionModelsResolver } from './models/connection-models.resolver.js';
import { ModelFieldsResolver } from './models/model-fields.resolver.js';
import { ModelResolver } from './models/model.resolver.js';
import { ConnectionHealthResolver } from './monitor/health/connection-health.resolver.js';
import { createRefreshProgressResolver, RefreshResolver } from './monitor/refresh/refresh.resolver.js';
import { createStatusStreamResolver, StatusResolver } from './monitor/stream/status.resolver.js';
import type { Services } from './services.js';
import { UsageResolver } from './usage/usage.resolver.js';

/** Every resolver of the schema, over these services. */
export function createResolvers(services: Services): object[] {
  return [
    new AuditResolver(services.audit),
    new ApiTokenResolver(services.tokens, services.users),
    new SessionResolver(services),
    new UserResolver(services.users),
    new ConnectionResolver(services),
    new ConnectionFieldsResolver(services.connectionLoaders),
    new ConnectionModelsResolver(services.modelLoaders),
    new ModelResolver(services.models),
    new ModelFieldsResolver({ models: services.modelLoaders, connections: services.connectionLoaders }),
    new ConnectionHealthResolver(services.monitor, services.healthHistory, services.healthTransitions),
    new RefreshResolver(services.refreshes),
    createRefreshProgressResolver(services.refreshes),
    new StatusResolver(services.statusFeed, services.modelLoaders),
    createStatusStreamResolver(services.statusFeed),
    new UsageResolver(services.usage),
  ];
}
