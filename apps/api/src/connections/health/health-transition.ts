import type { Connection } from '../connection.entity.js';
import type { ConnectionHealth } from './connection-health.entity.js';

/** The health of a connection that nothing is known of: switched off, or due for its first check now. */
export function unknownHealth(connection: Connection, now: Date): ConnectionHealth {
  return {
    connectionId: connection.id,
    status: connection.enabled ? 'UNKNOWN' : 'DISABLED',
    since: now,
    checkedAt: null,
    nextCheckAt: connection.enabled ? now : null,
    latencyMs: null,
    problem: null,
    failures: 0,
    serverVersion: null,
    stages: [],
    endpointRevision: connection.endpointRevision,
  };
}

/** After the switch: what was seen before is old news, but stays to be looked at. */
export function switchedHealth(health: ConnectionHealth, connection: Connection, now: Date): ConnectionHealth {
  return {
    ...health,
    status: connection.enabled ? 'UNKNOWN' : 'DISABLED',
    since: now,
    nextCheckAt: connection.enabled ? now : null,
    problem: null,
    failures: 0,
  };
}

/**
 * After an edit: nothing is known of another place; at the same place the state stays until the check that is due now
 * tells of the new key or headers.
 */
export function editedHealth(
  health: ConnectionHealth,
  before: Connection,
  after: Connection,
  change: { readonly isMove: boolean; readonly now: Date },
): ConnectionHealth {
  if (change.isMove) {
    const since = !after.enabled && !before.enabled ? health.since : change.now;
    return { ...unknownHealth(after, change.now), since };
  }
  if (before.enabled !== after.enabled) return switchedHealth(health, after, change.now);
  const isDue = after.enabled && before.endpointRevision !== after.endpointRevision;
  return isDue ? { ...health, nextCheckAt: change.now } : health;
}
