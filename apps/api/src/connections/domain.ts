import type { Providers } from '@intrallm/providers';
import type { Config } from '../config.js';
import type { Database } from '../database/database.js';
import type { Versions } from '../events/versions.js';
import type { DomainParts } from '../lib/domain.js';
import type { Logger } from '../log/logger.js';
import type { Vault } from '../secrets/vault.js';
import type { ConnectionCatalogue } from './catalogue-port.js';
import { ConnectionFieldsResolver } from './connection-fields.resolver.js';
import { ConnectionLoaders } from './connection-loaders.js';
import { ConnectionRemovalService } from './connection-removal.service.js';
import { Connection } from './connection.entity.js';
import { ConnectionResolver } from './connection.resolver.js';
import { ConnectionService } from './connection.service.js';
import { EndpointOpener } from './endpoint/endpoint-opener.js';
import { LinkedUrls } from './endpoint/linked-urls.js';
import { ConnectionHealth } from './health/connection-health.entity.js';
import { KeyRevealService } from './keys/key-reveal.service.js';
import { ManagedConnections } from './managed/managed-connections.js';
import { ManagedSecrets } from './managed/managed-secrets.js';
import { VerificationService } from './verification/verification.service.js';

interface Needs {
  readonly config: Pick<Config, 'managed'>;
  readonly database: Database;
  readonly vault: Vault;
  readonly versions: Versions;
  readonly catalogue: ConnectionCatalogue;
  readonly providers: Providers;
  readonly logger: Logger;
}

const PURGE_EVERY_MS = 5_000;

export const connectionsDomain = {
  entities: [Connection, ConnectionHealth],
  create({ config, database, vault, versions, catalogue, providers, logger }: Needs) {
    const managedSecrets = new ManagedSecrets();
    const linkedUrls = new LinkedUrls(database);
    const opener = new EndpointOpener({ database, vault, managedSecrets });
    const connections = new ConnectionService({ database, vault, versions, catalogue });
    const removal = new ConnectionRemovalService({ database, vault, versions, catalogue });
    const keyReveal = new KeyRevealService({ database, connections, opener });
    const verification = new VerificationService({
      database,
      connections,
      opener,
      catalogue,
      linkedUrls,
      verify: (endpoint) => providers.verify(endpoint),
    });
    const managedConnections = new ManagedConnections({ database, versions, catalogue, managedSecrets, logger });
    const connectionLoaders = new ConnectionLoaders({ database, vault, linkedUrls, managedSecrets });
    return {
      services: {
        connections,
        removal,
        keyReveal,
        verification,
        managedConnections,
        managedSecrets,
        connectionLoaders,
        opener,
      },
      resolvers: [
        new ConnectionResolver({ connections, removal, keyReveal, verification }),
        new ConnectionFieldsResolver(connectionLoaders),
      ],
      housekeeping: [
        {
          everyMs: PURGE_EVERY_MS,
          what: 'destroying the secrets of removed connections',
          run: () => removal.purgeRemoved(new Date()),
        },
      ],
      start: () => managedConnections.syncManaged(config.managed),
    } satisfies DomainParts;
  },
};
