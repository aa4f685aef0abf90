import type { Problem } from '@intrallm/providers';

/**
 * What a live request showed of an endpoint, as the gateway tells it. `REFUSED`: 401 or 403. `FAILED`: no connection, a
 * time-out, 5xx or nonsense. `ANSWERED`: a good answer.
 */
export type TrafficEvidence =
  | { readonly kind: 'REFUSED' | 'FAILED'; readonly endpointRevision: number; readonly problem: Problem }
  | { readonly kind: 'ANSWERED'; readonly endpointRevision: number };
