import type { Problem } from '@intrallm/providers';

/** A model that an Ollama instance ran, or was told to unload. */
export interface MemoryUse {
  readonly model: string;
  readonly unloads: boolean;
}

/**
 * What a live request showed of an endpoint. `REFUSED`: 401 or 403 for one model and one caller, whose prompt,
 * subscription or rights it may be about. `FAILED`: no connection, 5xx or nonsense. `ANSWERED`: a good answer. A 429, a
 * time-out, an error in the body of a 200 and a caller's own 4xx say nothing and are not told.
 */
type TrafficEvidence =
  | { readonly kind: 'REFUSED'; readonly problem: Problem; readonly model: string; readonly caller: string }
  | { readonly kind: 'FAILED'; readonly problem: Problem }
  /** `memory`: what that did, or may have done, to what an Ollama instance has in memory; absent: nothing. */
  | { readonly kind: 'ANSWERED'; readonly memory?: MemoryUse };

/** Who wants to know how live requests went, beside the checks that it makes itself. */
export interface TrafficObserver {
  /** Cheap, synchronous, and never throws: it may be called for every request. */
  observe(connectionId: string, evidence: TrafficEvidence & { readonly endpointRevision: number }): void;
}
