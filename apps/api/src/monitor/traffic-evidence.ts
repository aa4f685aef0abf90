import type { Problem } from '@intrallm/providers';

/**
 * What a live request showed of an endpoint, as the gateway tells it. `REFUSED`: 401 or 403 for one model and one caller, whose
 * prompt, subscription or rights it may be about. `FAILED`: no connection, 5xx or nonsense. `ANSWERED`: a good answer.
 */
export type TrafficEvidence = { readonly endpointRevision: number } & (
  | { readonly kind: 'REFUSED'; readonly problem: Problem; readonly model: string; readonly caller: string }
  | { readonly kind: 'FAILED'; readonly problem: Problem }
  | { readonly kind: 'ANSWERED' }
);
