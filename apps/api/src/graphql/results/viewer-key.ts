import type { Actor } from '../../auth/actor.js';
import { Audience } from '../../models/audience.js';

/** Scopes as a text, by the set that the viewer has them in: sets are shared by all requests of a credential. */
const scopeTexts = new WeakMap<ReadonlySet<string>, string>();

/**
 * What decides what a viewer sees: equal for viewers who get the same answers to the same questions, and for those
 * only.
 */
export function viewerKey(viewer: Actor): string {
  let scopes = scopeTexts.get(viewer.scopes);
  if (scopes === undefined) {
    scopes = [...viewer.scopes].sort().join(' ');
    scopeTexts.set(viewer.scopes, scopes);
  }
  const { key } = Audience.of(viewer);
  // In one line: neither part can be taken for the next one of a longer key.
  return key === '' ? scopes : JSON.stringify([scopes, key]);
}
