import { Registry } from 'prom-client';
import type { Core } from '../../src/app/core.js';
import { domains, type Services } from '../../src/app/domains.js';
import { systemClock } from '../../src/clock.js';
import { loadConfig } from '../../src/config.js';
import { createLogger } from '../../src/log/logger.js';
import type { TestDatabase } from './database.js';

/**
 * The services of all domains over an open database, built as the server builds them and not started. What stands in
 * `core` is used in place of the server's own, and what stands in `replaced` in place of the service of that name.
 */
export function buildDomains(test: TestDatabase, core: Partial<Core> = {}, replaced: Partial<Services> = {}): Services {
  const { box, database, doorbell, events, versions, vault } = test;
  const own: Core = {
    config: loadConfig({}),
    logger: createLogger({ level: 'silent', destination: { write: () => undefined } }),
    clock: systemClock,
    registry: new Registry(),
    version: '0.0.0',
    ownAddresses: () => [],
    box,
    database,
    doorbell,
    events,
    versions,
  };
  return domains.create({ ...own, ...core }, { vault, ...replaced }).services;
}
