import type { Providers } from '@intrallm/providers';
import type { Clock } from '../clock.js';
import type { Config } from '../config.js';
import type { Database } from '../database/database.js';
import type { EventLog } from '../events/event-log.js';
import type { EventTail } from '../events/event-tail.js';
import type { Versions } from '../events/versions.js';
import type { DomainParts } from '../lib/domain.js';
import type { Logger } from '../log/logger.js';
import type { ModelLoaders } from '../models/model-loaders.js';
import type { ModelsInMemory } from '../models/models-in-memory.js';
import { DEFAULT_CADENCE, type Cadence } from './checks/cadence.js';
import { DEFAULT_LANES, type LaneLimits } from './checks/check-lanes.js';
import type { EndpointOpener } from './checks/check-runner.js';
import type { ApplyDiscovery } from './discovery-port.js';
import { ConnectionHealthResolver } from './health/connection-health.resolver.js';
import { HealthBucket } from './health/health-bucket.entity.js';
import { HealthHistory } from './health/health-history.js';
import { HealthRecorder } from './health/health-recorder.js';
import { HealthSample } from './health/health-sample.entity.js';
import { HealthTransitions } from './health/health-transitions.js';
import { Monitor } from './monitor.js';
import { Refresh } from './refresh/refresh.entity.js';
import { createRefreshProgressResolver, RefreshResolver } from './refresh/refresh.resolver.js';
import { RefreshService } from './refresh/refresh.service.js';
import { StatusFeed } from './stream/status-feed.js';
import { createStatusStreamResolver, StatusResolver } from './stream/status.resolver.js';

interface Needs {
  readonly config: Pick<Config, 'checkIntervalMs'>;
  readonly database: Database;
  readonly versions: Versions;
  readonly events: EventLog;
  readonly tail: EventTail;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly providers: Providers;
  readonly opener: EndpointOpener;
  readonly applyDiscovery: ApplyDiscovery;
  readonly modelsInMemory: ModelsInMemory;
  readonly modelLoaders: ModelLoaders;
  /** Intervals of the checks, for tests. By default those of the settings. */
  readonly cadence?: Cadence;
  /** How many checks run at a time, for tests. */
  readonly lanes?: LaneLimits;
}

const REFRESHES_EVERY_MS = 5_000;

export const monitorDomain = {
  entities: [HealthBucket, HealthSample, Refresh],
  create(needs: Needs) {
    const { database, events, tail, clock, logger, modelsInMemory, modelLoaders } = needs;
    const healthRecorder = new HealthRecorder({ database, clock, logger });
    const monitor = new Monitor({
      ...needs,
      recorder: healthRecorder,
      isInMemory: (connectionId, model) => modelsInMemory.holds(connectionId, model),
      cadence: needs.cadence ?? { ...DEFAULT_CADENCE, regularMs: needs.config.checkIntervalMs },
      lanes: needs.lanes ?? DEFAULT_LANES,
    });
    const healthHistory = new HealthHistory({ database, recorder: healthRecorder, clock });
    const healthTransitions = new HealthTransitions({ database, clock });
    const refreshes = new RefreshService({ database, monitor, clock, logger });
    const statusFeed = new StatusFeed({ database, events, tail, clock });
    return {
      services: { monitor, healthRecorder, healthHistory, healthTransitions, refreshes, statusFeed },
      resolvers: [
        new ConnectionHealthResolver(monitor, healthHistory, healthTransitions),
        new RefreshResolver(refreshes),
        createRefreshProgressResolver(refreshes),
        new StatusResolver(statusFeed, modelLoaders),
        createStatusStreamResolver(statusFeed),
      ],
      housekeeping: [
        {
          everyMs: REFRESHES_EVERY_MS,
          what: 'going on with refreshes that nobody runs',
          run: () => refreshes.resume(),
        },
      ],
      start: async () => {
        await statusFeed.start();
        await monitor.start();
        // A SQLite file has one server only, so nobody runs what is not finished in there.
        await refreshes.resume({ isAlone: database.kind === 'sqlite' });
      },
      stop: async () => {
        await refreshes.stop();
        await monitor.stop();
        statusFeed.stop();
      },
    } satisfies DomainParts;
  },
};
