import type { AuditActor } from '../database/write.js';
import { AppError, forbidden, unauthenticated } from '../errors.js';
import type { Scope } from './scope.js';

/** Where a request came from, for the log and the audit trail. */
export interface Origin {
  readonly ip: string | null;
  readonly requestId: string | null;
}

/**
 * Who is asking. Services take it as their first argument; it says what they may do and how they are named in the log.
 */
export type Actor = PersonActor | TokenActor | AnonymousActor | SystemActor;

export interface PersonActor extends Origin {
  readonly type: 'person';
  readonly userId: string;
  readonly sessionId: string;
  readonly label: string;
  readonly scopes: ReadonlySet<Scope>;
  /** When the password was last given. */
  readonly authenticatedAt: Date;
}

/** What a token, or one that it comes from, may ask of models at most; null: no limit. */
export interface TokenLimit {
  readonly tokenId: string;
  readonly requestsPerMinute: number | null;
  readonly maxInFlight: number | null;
}

export interface TokenActor extends Origin {
  readonly type: 'token';
  readonly userId: string;
  readonly tokenId: string;
  readonly label: string;
  readonly scopes: ReadonlySet<Scope>;
  readonly expiresAt: Date | null;
  readonly modelAllowlist: readonly string[];
  /** Its own and those of the tokens that it was made by, where they have any: a request counts on all of them. */
  readonly limits: readonly TokenLimit[];
}

/** Person and token, in one, of those who use the Ollama API from a network where nobody needs a token. */
export const OPEN_NETWORK = 'open-network';

export interface AnonymousActor extends Origin {
  readonly type: 'anonymous';
  readonly scopes: ReadonlySet<Scope>;
}

/** The server itself: the monitor, the settings, retention. */
export interface SystemActor extends Origin {
  readonly type: 'system';
  readonly label: string;
  readonly scopes: ReadonlySet<Scope>;
}

const NO_SCOPES: ReadonlySet<Scope> = new Set();
/** How long a given password counts as fresh. */
export const FRESH_MS = 5 * 60_000;

export const anonymous = ({ ip, requestId }: Origin): AnonymousActor => ({
  type: 'anonymous',
  scopes: NO_SCOPES,
  ip,
  requestId,
});

export const system = (label: string): SystemActor => ({
  type: 'system',
  label,
  scopes: NO_SCOPES,
  ip: null,
  requestId: null,
});

export const can = (actor: Actor, scope: Scope): boolean => actor.scopes.has(scope);

/**
 * What an operation demands: nothing (`ANYBODY`), a valid credential (`SIGNED_IN`), a signed-in person (`PERSON`), or a
 * scope; `fresh` adds: a person who gave the password within 5 minutes.
 */
export interface Access {
  readonly needs: 'ANYBODY' | 'SIGNED_IN' | 'PERSON' | Scope;
  readonly fresh?: boolean;
}

/** The one authorise step, for every operation, route and subscription. Throws the error the caller is to see. */
export function authorize(actor: Actor, access: Access, now?: Date): void {
  if (access.needs === 'ANYBODY') return;
  if (actor.type === 'anonymous') throw unauthenticated();
  if (access.needs === 'PERSON') requirePerson(actor);
  else if (access.needs !== 'SIGNED_IN' && !can(actor, access.needs)) throw forbidden(`This needs ${access.needs}.`);
  if (access.fresh === true) requireFresh(actor, now);
}

/** Narrows to a signed-in person; tokens get FORBIDDEN. */
export function requirePerson(actor: Actor): PersonActor {
  if (actor.type === 'anonymous') throw unauthenticated();
  if (actor.type !== 'person') throw forbidden('Only a person who signed in may do this.');
  return actor;
}

/** A person who gave the password within 5 minutes, else REAUTH_REQUIRED. */
export function requireFresh(actor: Actor, now: Date = new Date()): PersonActor {
  const person = requirePerson(actor);
  const passedMs = now.getTime() - person.authenticatedAt.getTime();
  // What was in the future is not known to have been lately: the clock was set back since.
  if (passedMs > FRESH_MS || passedMs < -FRESH_MS) {
    throw new AppError('REAUTH_REQUIRED', 'Enter your password again to do this.');
  }
  return person;
}

/** Narrows to somebody who has an account: a person or the owner of a token. */
export function requireAccount(actor: Actor): PersonActor | TokenActor {
  if (actor.type === 'person' || actor.type === 'token') return actor;
  throw unauthenticated();
}

/** How the actor is written into the audit log. */
export function auditActor(actor: Actor): AuditActor {
  const origin = { ip: actor.ip, requestId: actor.requestId };
  switch (actor.type) {
    case 'person':
      return { id: actor.userId, label: actor.label, ...origin };
    case 'token':
      return { id: actor.userId, label: actor.label, ...origin };
    case 'system':
      return { id: null, label: actor.label, ...origin };
    case 'anonymous':
      return { id: null, label: 'nobody', ...origin };
  }
}
