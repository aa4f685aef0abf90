import type { Database } from '../database/database.js';
import type { DomainParts } from '../lib/domain.js';
import type { Logger } from '../log/logger.js';
import type { SecretBox } from '../secrets/secret-box.js';
import { AuditEntry } from './audit-entry.entity.js';
import { AuditResolver } from './audit.resolver.js';
import { AuditService } from './audit.service.js';
import { startHeadLog } from './head-log.js';
import { LedgerRow } from './ledger.entity.js';

interface Needs {
  readonly database: Database;
  readonly box: SecretBox;
  readonly logger: Logger;
}

export const auditDomain = {
  entities: [AuditEntry, LedgerRow],
  create({ database, box, logger }: Needs) {
    const audit = new AuditService(database, box, logger);
    let stopHeadLog = (): void => undefined;
    return {
      services: { audit },
      resolvers: [new AuditResolver(audit)],
      start: () => {
        stopHeadLog = startHeadLog(audit, logger);
      },
      stop: () => stopHeadLog(),
    } satisfies DomainParts;
  },
};
