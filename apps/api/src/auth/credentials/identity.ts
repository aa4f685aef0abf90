import type { Database } from '../../database/database.js';
import type { Actor, Origin, PersonActor, TokenLimit } from '../actor.js';
import { User } from '../people/user.entity.js';
import { scopesOfRole, scopesOfToken, type Scope } from '../scope.js';
import { isOver } from '../sessions/session-times.js';
import { Session } from '../sessions/session.entity.js';
import { ApiToken } from '../tokens/api-token.entity.js';
import { MAX_GENERATIONS } from '../tokens/token-family.js';

/** What the database says about a credential, as it is remembered for a moment. */
export type Identity =
  | { readonly type: 'person'; readonly session: Session; readonly user: User }
  | {
      readonly type: 'token';
      readonly token: ApiToken;
      readonly user: User;
      readonly limits: readonly TokenLimit[];
      readonly label: string;
      readonly scopes: ReadonlySet<Scope>;
    };

/** The session behind a cookie's hash with its person; null where either is gone. It may be over: `isValid` says. */
export async function findSession(database: Database, tokenHash: string): Promise<Identity | null> {
  const session = await database.read.findOneBy(Session, { tokenHash });
  const user = session && (await database.read.findOneBy(User, { id: session.userId }));
  return session && user ? { type: 'person', session, user } : null;
}

/** The API token of that hash with its owner; null where either is gone. It may be over: `isValid` says. */
export async function findToken(database: Database, tokenHash: string): Promise<Identity | null> {
  const token = await database.read.findOneBy(ApiToken, { tokenHash });
  const user = token && (await database.read.findOneBy(User, { id: token.ownerId }));
  if (token === null || user === null) return null;
  return {
    type: 'token',
    token,
    user,
    limits: await limitsOf(database, token),
    label: `${user.name} (token ${token.name})`,
    scopes: scopesOfToken(token.scopes, user.role),
  };
}

/** Of the token and of those that it was made by, which end with their maker: the line is never broken. */
async function limitsOf(database: Database, token: ApiToken): Promise<TokenLimit[]> {
  const limits: TokenLimit[] = [];
  let one: ApiToken | null = token;
  // Rows of before this was bounded may be longer: what stands further up was handed down when each was made.
  for (let generation = 0; one !== null && generation < MAX_GENERATIONS; generation += 1) {
    const { requestsPerMinute, maxInFlight } = one;
    if (requestsPerMinute !== null || maxInFlight !== null) {
      limits.push({ tokenId: one.id, requestsPerMinute, maxInFlight });
    }
    const maker: string | null = one.parentId;
    one = maker === null ? null : await database.read.findOneBy(ApiToken, { id: maker });
  }
  return limits;
}

/** Whether the credential still counts at that instant. */
export function isValid(identity: Identity, now: Date): boolean {
  if (identity.type === 'person') return !isOver(identity.session, now);
  return identity.token.expiresAt === null || identity.token.expiresAt > now;
}

export function toActor(identity: Identity, origin: Origin): Actor {
  if (identity.type === 'person') return toPerson(identity.session, identity.user, origin);
  const { token, user, limits, label, scopes } = identity;
  return {
    type: 'token',
    userId: user.id,
    tokenId: token.id,
    label,
    scopes,
    expiresAt: token.expiresAt,
    modelAllowlist: token.modelAllowlist,
    limits,
    ip: origin.ip,
    requestId: origin.requestId,
  };
}

export const toPerson = (session: Session, user: User, origin: Origin): PersonActor => ({
  type: 'person',
  userId: user.id,
  sessionId: session.id,
  label: user.name,
  scopes: scopesOfRole(user.role),
  authenticatedAt: session.authenticatedAt,
  ip: origin.ip,
  requestId: origin.requestId,
});
