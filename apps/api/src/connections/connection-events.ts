import type { EndpointKind, Problem } from '@intrallm/providers';
import type { NewEvent, Write } from '../database/write.js';
import type { Versions } from '../events/versions.js';
import type { Connection } from './connection.entity.js';
import type { ConnectionHealth, ConnectionStatus } from './health/connection-health.entity.js';

/** Event types of the status stream: everything a subscriber of connectionStatus is told comes from these two. */
export const CONNECTION_CHANGED = 'connection.changed';
export const CONNECTION_REMOVED = 'connection.removed';

/** Why a connection changed: an admin's act, or what a check or live traffic showed. */
export type ChangeCause = 'ADDED' | 'EDITED' | 'TOGGLED' | 'RESTORED' | 'OBSERVED';

/** Payload of both types, whole enough that a subscriber needs no second look: the state right after the change. */
export interface StatusPayload {
  readonly cause: ChangeCause | 'REMOVED';
  readonly name: string;
  readonly kind: EndpointKind;
  readonly tags: readonly string[];
  readonly enabled: boolean;
  readonly endpointRevision: number;
  /** Null for a connection that is new to the stream. */
  readonly previous: ConnectionStatus | null;
  /** Null when removed. */
  readonly status: ConnectionStatus | null;
  /** ISO instant; null when removed. */
  readonly since: string | null;
  readonly modelCount: number | null;
  readonly latencyMs: number | null;
  readonly problem: Problem | null;
}

/** Stores the event with the write. After the commit, kept answers about catalogue and health are out of date. */
export function announce(write: Write, versions: Versions, event: NewEvent): void {
  write.event(event);
  write.afterCommit(() => {
    versions.raiseCatalogue();
    versions.raiseHealth();
  });
}

/** The event of a change, with the state right after it. */
export function connectionChanged(
  connection: Connection,
  health: ConnectionHealth,
  more: { cause: ChangeCause; previous: ConnectionStatus | null; modelCount: number },
): NewEvent {
  return event(CONNECTION_CHANGED, connection, {
    cause: more.cause,
    previous: more.previous,
    status: health.status,
    since: health.since.toISOString(),
    modelCount: more.modelCount,
    latencyMs: health.latencyMs,
    problem: health.problem,
  });
}

export function connectionRemoved(connection: Connection, previous: ConnectionStatus): NewEvent {
  return event(CONNECTION_REMOVED, connection, {
    cause: 'REMOVED',
    previous,
    status: null,
    since: null,
    modelCount: null,
    latencyMs: null,
    problem: null,
  });
}

type Changing = Omit<StatusPayload, 'name' | 'kind' | 'tags' | 'enabled' | 'endpointRevision'>;

function event(type: string, connection: Connection, changing: Changing): NewEvent {
  const { name, kind, tags, enabled, endpointRevision } = connection;
  const payload: StatusPayload = { name, kind, tags, enabled, endpointRevision, ...changing };
  return { type, connectionId: connection.id, payload: { ...payload } };
}
