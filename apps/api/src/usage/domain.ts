import type { Registry } from 'prom-client';
import type { Clock } from '../clock.js';
import type { Database } from '../database/database.js';
import type { DomainParts } from '../lib/domain.js';
import type { Logger } from '../log/logger.js';
import { UsageFlush } from './recording/usage-flush.entity.js';
import { UsageRecorder } from './recording/usage-recorder.js';
import { UsageRetention } from './recording/usage-retention.js';
import { UsageTotal } from './recording/usage-total.entity.js';
import { registerUsageMetrics } from './usage-metrics.js';
import { UsageResolver } from './usage.resolver.js';
import { UsageService } from './usage.service.js';

interface Needs {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
}

const HOUR_MS = 3_600_000;

export const usageDomain = {
  entities: [UsageFlush, UsageTotal],
  create({ database, clock, logger, registry }: Needs) {
    const usage = new UsageService({ database, clock });
    const usageRecorder = new UsageRecorder({ database, clock, logger });
    const usageRetention = new UsageRetention(database);
    registerUsageMetrics(registry, usageRecorder);
    return {
      services: { usage, usageRecorder, usageRetention },
      resolvers: [new UsageResolver(usage)],
      housekeeping: [
        {
          everyMs: HOUR_MS,
          what: 'forgetting usage that is past its time',
          run: () => usageRetention.prune(new Date()),
        },
      ],
      start: () => usageRecorder.start(),
      stop: () => usageRecorder.stop(),
    } satisfies DomainParts;
  },
};
