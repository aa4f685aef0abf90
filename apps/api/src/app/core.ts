import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Registry } from 'prom-client';
import type { OutboundClientOptions } from '@intrallm/providers';
import { ChainedLedger } from '../audit/ledger.js';
import { systemClock, type Clock } from '../clock.js';
import { closeDataFolder } from '../config/data-folder.js';
import type { Config } from '../config.js';
import { Database } from '../database/database.js';
import { Doorbell } from '../events/doorbell.js';
import { EventLog } from '../events/event-log.js';
import { Versions } from '../events/versions.js';
import type { Logger } from '../log/logger.js';
import type { Cadence } from '../monitor/checks/cadence.js';
import type { LaneLimits } from '../monitor/checks/check-lanes.js';
import { openSecretBox } from '../secrets/master-key.js';
import type { SecretBox } from '../secrets/secret-box.js';

/** What the process is told, and what the domains share below them. */
export interface Core {
  readonly config: Config;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Where metrics register themselves. */
  readonly registry: Registry;
  /** The version of the server. */
  readonly version: string;
  /** Where this process listens: endpoints must not be ourselves. */
  readonly ownAddresses: NonNullable<OutboundClientOptions['ownAddresses']>;
  readonly box: SecretBox;
  /** Open and migrated. */
  readonly database: Database;
  readonly doorbell: Doorbell;
  readonly events: EventLog;
  readonly versions: Versions;
  /** Intervals of the checks, and how many run at a time; for tests. */
  readonly cadence?: Cadence;
  readonly lanes?: LaneLimits;
}

type Given = Pick<Core, 'config' | 'logger' | 'registry' | 'ownAddresses' | 'cadence'>;

/** Opens the keys and the database with these tables. Rejects where either cannot be used. */
export async function openCore(given: Given, entities: readonly (new () => object)[]): Promise<Core> {
  const { config, logger } = given;
  closeDataFolder(config.dataDirectory, (place) => {
    logger.warn({ place }, 'other users of this machine can read this place: take their rights away (chmod go-rwx)');
  });
  const box = openSecretBox(config);
  const doorbell = new Doorbell();
  const database = await Database.open({
    database: config.database,
    entities,
    ledger: new ChainedLedger(box),
    logger,
    announce: (lastEvent) => {
      doorbell.ring(lastEvent);
    },
  });
  return {
    ...given,
    clock: systemClock,
    version: ownVersion(),
    box,
    database,
    doorbell,
    events: new EventLog(database),
    versions: new Versions(),
  };
}

function ownVersion(): string {
  const file = path.join(import.meta.dirname, '..', '..', 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
