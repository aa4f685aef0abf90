import type { RequestContext } from '../auth/request-context.js';

/** The context of a request that can drop what it keeps: the context of a subscription lives for hours. */
export interface ForgetfulContext extends RequestContext {
  /** The next `once` of each factory makes a new one. */
  forget(): void;
}

/** A context that keeps what its factories made until the request ends or `forget` is called. */
export function createRequestContext(parts: Omit<RequestContext, 'once'>): ForgetfulContext {
  const made = new Map<unknown, unknown>();
  return {
    ...parts,
    forget: () => {
      made.clear();
    },
    once: <T>(factory: () => T): T => {
      if (!made.has(factory)) made.set(factory, factory());
      return made.get(factory) as T;
    },
  };
}
