import type { Actor } from '../auth/actor.js';

/** Whether the credential may use the model of that public name; only a token can be bound to some. */
export function mayUseModel(actor: Actor, name: string): boolean {
  if (actor.type !== 'token' || actor.modelAllowlist.length === 0) return true;
  return actor.modelAllowlist.some((pattern) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name,
  );
}
