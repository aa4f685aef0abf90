import type { ConnectionLoaders } from '../connections/connection-loaders.js';
import type { Database } from '../database/database.js';
import type { Versions } from '../events/versions.js';
import type { DomainParts } from '../lib/domain.js';
import { ConnectionModelsResolver } from './connection-models.resolver.js';
import { ModelFieldsResolver } from './model-fields.resolver.js';
import { ModelLoaders } from './model-loaders.js';
import { ModelResolver } from './model.resolver.js';
import { ModelService } from './model.service.js';

interface Needs {
  readonly database: Database;
  readonly versions: Versions;
  readonly connectionLoaders: ConnectionLoaders;
}

/** How the catalogue is read. discovery/domain.ts says how it is written. */
export const modelsDomain = {
  create({ database, versions, connectionLoaders }: Needs) {
    const models = new ModelService({ database, versions });
    const modelLoaders = new ModelLoaders({ database, models });
    return {
      services: { models, modelLoaders },
      resolvers: [
        new ConnectionModelsResolver(modelLoaders),
        new ModelResolver(models),
        new ModelFieldsResolver({ models: modelLoaders, connections: connectionLoaders }),
      ],
    } satisfies DomainParts;
  },
};
