import type { Problem } from '@intrallm/providers';

/** A model that an Ollama instance ran, or was told to unload. */
export interface MemoryUse {
  readonly model: string;
  readonly unloads: boolean;
}

/**
 * What a live request showed of an endpoint, as the gateway tells it. `REFUSED`: 401 or 403 for one model and one
 * caller, whose prompt, subscription or rights it may be about. `FAILED`: no connection, 5xx or nonsense. `ANSWERED`: a
 * good answer.
 */
export type TrafficEvidence = { readonly endpointRevision: number } & (
  | { readonly kind: 'REFUSED'; readonly problem: Problem; readonly model: string; readonly caller: string }
  | { readonly kind: 'FAILED'; readonly problem: Problem }
  /** `memory`: what that did, or may have done, to what an Ollama instance has in memory; absent: nothing. */
  | { readonly kind: 'ANSWERED'; readonly memory?: MemoryUse }
);
