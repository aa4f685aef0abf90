import type { Database } from '../database/database.js';
import type { DomainParts } from '../lib/domain.js';
import type { Logger } from '../log/logger.js';
import { KeyCanary } from './key-canary.entity.js';
import type { SecretBox } from './secret-box.js';
import { Secret } from './secret.entity.js';
import { Vault } from './vault.js';

interface Needs {
  readonly database: Database;
  readonly box: SecretBox;
  readonly logger: Logger;
}

export const secretsDomain = {
  entities: [KeyCanary, Secret],
  create({ database, box, logger }: Needs) {
    const vault = new Vault(box);
    return {
      services: { vault },
      start: () => vault.checkKeys(database, logger),
    } satisfies DomainParts;
  },
};
