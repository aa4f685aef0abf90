import type { Clock } from '../clock.js';
import type { DomainParts } from '../lib/domain.js';
import type { Logger } from '../log/logger.js';
import type { Doorbell } from './doorbell.js';
import type { EventLog } from './event-log.js';
import { EventTail } from './event-tail.js';
import { Event } from './event.entity.js';
import type { Versions } from './versions.js';

interface Needs {
  readonly events: EventLog;
  readonly doorbell: Doorbell;
  readonly versions: Versions;
  readonly clock: Clock;
  readonly logger: Logger;
}

const HOUR_MS = 3_600_000;

export const eventsDomain = {
  entities: [Event],
  create({ events, doorbell, versions, clock, logger }: Needs) {
    const tail = new EventTail({ events, doorbell, clock, logger });
    let unfollow = (): void => undefined;
    return {
      services: { tail },
      housekeeping: [{ everyMs: HOUR_MS, what: 'forgetting old events', run: () => events.prune(new Date()) }],
      start: async () => {
        await tail.start();
        unfollow = versions.follow(tail);
      },
      stop: async () => {
        unfollow();
        await tail.stop();
      },
    } satisfies DomainParts;
  },
};
