import { Extensions } from 'type-graphql';
import type { Access, Actor, Origin } from './actor.js';
import type { ShownNotes } from './sign-in/device-notes.js';

/** What a resolver gets besides its arguments: who asks, and what lives as long as this request. */
export interface RequestContext {
  /** Replaced by setUp, signIn and reauthenticate within the same request. */
  actor: Actor;
  readonly origin: Origin & { readonly userAgent: string | null; readonly deviceNotes?: ShownNotes };
  /** The session cookie of the answer; null on a socket, where none can be set. */
  readonly sessionCookie: SessionCookie | null;
  /** Gives the same result for the same factory within one request: DataLoaders are made through it. */
  once<T>(factory: () => T): T;
}

export interface SessionCookie {
  set(token: string, expiresAt: Date): void;
  clear(): void;
  /** Sets the cookie that says who signed in with this browser before. It outlives the session. */
  keepDeviceNotes(notes: string): void;
}

/**
 * States what a query, mutation or subscription demands. The schema refuses to build when a root field has none, and
 * one guard enforces it for every transport before the resolver runs.
 */
export const RequireAccess = (needs: Access['needs'], options: { readonly fresh?: boolean } = {}): MethodDecorator =>
  Extensions({ access: { needs, ...options } satisfies Access });
