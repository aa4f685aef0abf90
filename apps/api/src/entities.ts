import { AuditEntry } from './audit/audit-entry.entity.js';
import { LedgerRow } from './audit/ledger.entity.js';
import { User } from './auth/people/user.entity.js';
import { Session } from './auth/sessions/session.entity.js';
import { ApiToken } from './auth/tokens/api-token.entity.js';
import { Connection } from './connections/connection.entity.js';
import { ConnectionHealth } from './connections/health/connection-health.entity.js';
import { Event } from './events/event.entity.js';
import { Model } from './models/model.entity.js';
import { HealthBucket } from './monitor/health/health-bucket.entity.js';
import { HealthSample } from './monitor/health/health-sample.entity.js';
import { Refresh } from './monitor/refresh/refresh.entity.js';
import { KeyCanary } from './secrets/key-canary.entity.js';
import { Secret } from './secrets/secret.entity.js';
import { UsageFlush } from './usage/recording/usage-flush.entity.js';
import { UsageTotal } from './usage/recording/usage-total.entity.js';

/** Every table there is; one that is missing here shows up as schema drift. */
export const entities = [
  ApiToken,
  AuditEntry,
  Connection,
  ConnectionHealth,
  Event,
  HealthBucket,
  HealthSample,
  KeyCanary,
  LedgerRow,
  Model,
  Refresh,
  Secret,
  Session,
  UsageFlush,
  UsageTotal,
  User,
];
