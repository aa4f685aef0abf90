import type { EndpointKind, Problem } from '@intrallm/providers';
import type { Write } from '../database/write.js';
import type { NewEvent } from '../events/event-payloads.js';
import type { Versions } from '../events/versions.js';
import type { Connection } from './connection.entity.js';
import type { ConnectionHealth, ConnectionStatus } from './health/connection-health.entity.js';

/** Why a connection changed: an admin's act, or what a check or live traffic showed. */
export type ChangeCause = 'ADDED' | 'EDITED' | 'TOGGLED' | 'RESTORED' | 'OBSERVED';

declare module '../events/event-payloads.js' {
  /** Everything that a subscriber of connectionStatus is told comes from these two. */
  interface EventPayloads {
    readonly 'connection.changed': StatusPayload;
    readonly 'connection.removed': StatusPayload;
  }
}

/** The state right after the change. It is complete, so that a subscriber reads nothing else. */
export interface StatusPayload {
  readonly connectionId: string;
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
): NewEvent<'connection.changed'> {
  const payload = statusOf(connection, {
    cause: more.cause,
    previous: more.previous,
    status: health.status,
    since: health.since.toISOString(),
    modelCount: more.modelCount,
    latencyMs: health.latencyMs,
    problem: health.problem,
  });
  return { type: 'connection.changed', payload };
}

export function connectionRemoved(connection: Connection, previous: ConnectionStatus): NewEvent<'connection.removed'> {
  const payload = statusOf(connection, {
    cause: 'REMOVED',
    previous,
    status: null,
    since: null,
    modelCount: null,
    latencyMs: null,
    problem: null,
  });
  return { type: 'connection.removed', payload };
}

type Changing = Omit<StatusPayload, 'connectionId' | 'name' | 'kind' | 'tags' | 'enabled' | 'endpointRevision'>;

function statusOf(connection: Connection, changing: Changing): StatusPayload {
  const { id, name, kind, tags, enabled, endpointRevision } = connection;
  return { connectionId: id, name, kind, tags, enabled, endpointRevision, ...changing };
}
