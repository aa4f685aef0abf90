import type { RequestContext } from '../auth/request-context.js';

/** A context that keeps what its factories made until the request ends. */
export function createRequestContext(parts: Omit<RequestContext, 'once'>): RequestContext {
  const made = new Map<unknown, unknown>();
  return {
    ...parts,
    once: <T>(factory: () => T): T => {
      if (!made.has(factory)) made.set(factory, factory());
      return made.get(factory) as T;
    },
  };
}
