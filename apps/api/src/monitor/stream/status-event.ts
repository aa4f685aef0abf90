import type { EndpointKind, Problem } from '@intrallm/providers';
import { CONNECTION_CHANGED, CONNECTION_REMOVED, type StatusPayload } from '../../connections/connection-events.js';
import type { Connection } from '../../connections/connection.entity.js';
import type { ConnectionHealth, ConnectionStatus } from '../../connections/health/connection-health.entity.js';
import type { Event } from '../../events/event.entity.js';

export type StatusEventKind = 'SNAPSHOT' | 'CHECKPOINT' | 'CHANGED' | 'REMOVED';

/** The event types that subscribers of connectionStatus are told. */
export const STATUS_EVENT_TYPES = [CONNECTION_CHANGED, CONNECTION_REMOVED] as const;

/**
 * What a subscriber is told. One and the same object goes to all subscribers of an event, so that what is made of it can
 * be kept and shared.
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

export const isStatusEvent = (event: Event): boolean => (STATUS_EVENT_TYPES as readonly string[]).includes(event.type);

export function changeOf(event: Event, cursor: string, connection: StatusEvent['connection']): StatusEvent {
  const payload = event.payload as unknown as StatusPayload;
  return {
    kind: event.type === CONNECTION_REMOVED ? 'REMOVED' : 'CHANGED',
    cursor,
    at: event.at,
    connectionId: event.connectionId,
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
