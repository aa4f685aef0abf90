import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { domains } from '../../src/app/domains.js';
import { ChainedLedger } from '../../src/audit/ledger.js';
import type { Config } from '../../src/config.js';
import { Database } from '../../src/database/database.js';
import { Doorbell } from '../../src/events/doorbell.js';
import { EventLog } from '../../src/events/event-log.js';
import { Versions } from '../../src/events/versions.js';
import { createLogger, type Logger } from '../../src/log/logger.js';
import { generateMasterKey, SecretBox } from '../../src/secrets/secret-box.js';
import { Vault } from '../../src/secrets/vault.js';

export interface TestDatabase {
  readonly database: Database;
  readonly settings: Config['database'];
  readonly box: SecretBox;
  readonly vault: Vault;
  readonly doorbell: Doorbell;
  readonly events: EventLog;
  readonly versions: Versions;
  close(): Promise<void>;
}

/** A migrated database of its own: a SQLite file in a temporary folder, or the one that `settings` names. */
export async function openTestDatabase(
  options: { settings?: Config['database']; masterKey?: string; logger?: Logger; maxWrites?: number } = {},
): Promise<TestDatabase> {
  const folder = options.settings === undefined ? mkdtempSync(path.join(os.tmpdir(), 'intrallm-test-')) : null;
  const settings = options.settings ?? { kind: 'sqlite' as const, file: path.join(folder ?? '', 'test.db') };
  const box = new SecretBox([options.masterKey ?? generateMasterKey()]);
  const doorbell = new Doorbell();
  const database = await Database.open({
    database: settings,
    entities: domains.entities,
    ...(options.maxWrites === undefined ? {} : { maxWrites: options.maxWrites }),
    ledger: new ChainedLedger(box),
    logger: options.logger ?? createLogger({ level: 'silent', destination: { write: () => undefined } }),
    announce: (lastEvent) => {
      doorbell.ring(lastEvent);
    },
  });
  return {
    database,
    settings,
    box,
    vault: new Vault(box),
    doorbell,
    events: new EventLog(database),
    versions: new Versions(),
    close: async () => {
      await database.close();
      if (folder !== null) rmSync(folder, { recursive: true, force: true });
    },
  };
}
