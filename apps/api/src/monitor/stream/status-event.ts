import type { EndpointKind, Problem } from '@intrallm/providers';
import type { Connection } from '../../connections/connection.entity.js';
import type { ConnectionHealth, ConnectionStatus } from '../../connections/health/connection-health.entity.js';
import type { StoredEvent } from '../../events/event-payloads.js';

export type StatusEventKind = 'SNAPSHOT' | 'CHECKPOINT' | 'CHANGED' | 'REMOVED';

/** The events that subscribers of connectionStatus are told. */
export const STATUS_EVENTS = ['connection.changed', 'connection.removed'] as const;

export type StoredStatusEvent = StoredEvent<(typeof STATUS_EVENTS)[number]>;

/**
 * What a subscriber is told. One and the same object goes to all subscribers of an event, so that what is made of it
 * can be kept and shared.
 */
export interface StatusEvent {
  readonly kind: StatusEventKind;
  readonly cursor: string | null;
  readonly at: Date;
  readonly connectionId: string | null;
  readonly connectionName: string | null;
  readonly connectionKind: EndpointKind | null;
  readonly tags: readonly string[] | null;
  readonly previous: ConnectionStatus | null;
  readonly status: ConnectionStatus | null;
  readonly since: Date | null;
  readonly modelCount: number | null;
  readonly latencyMs: number | null;
  readonly problem: Problem | null;
  /** The connection as it is now, looked up once for all subscribers; null when removed. */
  connection(): Promise<Connection | null>;
}

export function changeOf(
  { type, at, payload }: StoredStatusEvent,
  cursor: string,
  connection: StatusEvent['connection'],
): StatusEvent {
  return {
    kind: type === 'connection.removed' ? 'REMOVED' : 'CHANGED',
    cursor,
    at,
    connectionId: payload.connectionId,
    connectionName: payload.name,
    connectionKind: payload.kind,
    tags: payload.tags,
    previous: payload.previous,
    status: payload.status,
    since: payload.since === null ? null : new Date(payload.since),
    modelCount: payload.modelCount,
    latencyMs: payload.latencyMs,
    problem: payload.problem,
    connection,
  };
}

export function snapshotOf(
  connection: Connection,
  health: ConnectionHealth,
  more: { at: Date; modelCount: number },
): StatusEvent {
  return {
    kind: 'SNAPSHOT',
    cursor: null,
    at: more.at,
    connectionId: connection.id,
    connectionName: connection.name,
    connectionKind: connection.kind,
    tags: connection.tags,
    previous: null,
    status: health.status,
    since: health.since,
    modelCount: more.modelCount,
    latencyMs: health.latencyMs,
    problem: health.problem,
    connection: () => Promise.resolve(connection),
  };
}

export function checkpointAt(cursor: string, at: Date): StatusEvent {
  return {
    kind: 'CHECKPOINT',
    cursor,
    at,
    connectionId: null,
    connectionName: null,
    connectionKind: null,
    tags: null,
    previous: null,
    status: null,
    since: null,
    modelCount: null,
    latencyMs: null,
    problem: null,
    connection: () => Promise.resolve(null),
  };
}
