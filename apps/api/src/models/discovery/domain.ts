import type { DiscoveredModel } from '@intrallm/providers';
import type { Connection } from '../../connections/connection.entity.js';
import type { Database } from '../../database/database.js';
import type { Write } from '../../database/write.js';
import type { Versions } from '../../events/versions.js';
import type { DomainParts } from '../../lib/domain.js';
import { CatalogueSize } from '../catalogue-size.js';
import { Model } from '../model.entity.js';
import { ModelsInMemory } from '../models-in-memory.js';
import { CatalogueService } from './catalogue.service.js';

interface Needs {
  readonly database: Database;
  readonly versions: Versions;
}

const HOUR_MS = 3_600_000;

/** How the catalogue is written. It stands before the connections, which need it; reading it stands behind them. */
export const catalogueDomain = {
  entities: [Model],
  create({ database, versions }: Needs) {
    const catalogue = new CatalogueService({ database, versions });
    const modelsInMemory = new ModelsInMemory();
    const applyDiscovery = (
      write: Write,
      connection: Connection,
      found: readonly DiscoveredModel[],
      isPart: boolean,
    ) => {
      write.afterCommit(() => modelsInMemory.put(connection.id, found));
      return catalogue.applyDiscovery(write, connection, found, isPart);
    };
    return {
      services: {
        catalogue,
        catalogueSize: new CatalogueSize({ database, versions }),
        modelsInMemory,
        applyDiscovery,
      },
      housekeeping: [
        { everyMs: HOUR_MS, what: 'forgetting vanished models', run: () => catalogue.forgetVanished(new Date()) },
      ],
    } satisfies DomainParts;
  },
};
