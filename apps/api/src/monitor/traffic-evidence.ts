import type { Problem } from '@intrallm/providers';

/**
 * What a live request showed of an endpoint. `REFUSED`: 401 or 403. `FAILED`: no connection, a time-out, 5xx or nonsense.
 * `ANSWERED`: a good answer. A 429 and a caller's own 4xx say nothing and are not told.
 */
export type TrafficEvidence =
  | { readonly kind: 'REFUSED' | 'FAILED'; readonly endpointRevision: number; readonly problem: Problem }
  | { readonly kind: 'ANSWERED'; readonly endpointRevision: number };

/** The part of the monitor that the gateway knows. */
export interface TrafficObserver {
  /** Cheap, synchronous, and never throws: it may be called for every request. */
  observe(connectionId: string, evidence: TrafficEvidence): void;
}
