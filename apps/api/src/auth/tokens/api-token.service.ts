import { randomUUID } from 'node:crypto';
import type { Database } from '../../database/database.js';
import type { Write } from '../../database/write.js';
import { AppError, forbidden, notFound, unauthenticated } from '../../errors.js';
import {
  auditActor,
  can,
  requireAccount,
  requireFresh,
  type Actor,
  type PersonActor,
  type TokenActor,
} from '../actor.js';
import { endTokens } from '../credentials/credential-end.js';
import type { Revocations } from '../credentials/revocations.js';
import { lockAccounts } from '../people/account-lock.js';
import { User } from '../people/user.entity.js';
import { scopesOfRole, type Scope } from '../scope.js';
import { Session } from '../sessions/session.entity.js';
import { checkNewApiToken, type CheckedApiToken, type NewApiToken } from './api-token-input.js';
import { ApiToken } from './api-token.entity.js';
import { ModelPatterns } from './model-patterns.js';
import { API_TOKEN_PREFIX, generateToken, hashToken } from './secret-token.js';
import { familyOf, generationOf, MAX_GENERATIONS } from './token-family.js';

/** A token just made. `token` is shown this once and kept nowhere. */
export interface CreatedApiToken {
  readonly token: string;
  readonly apiToken: ApiToken;
}

/** Tokens that one person may own. */
const MAX_TOKENS = 1_000;

/**
 * The credentials of programs. A person manages what is theirs, a token itself and what it made: a program that may do
 * little must not end what its owner's other programs work with. TOKENS_WRITE is for all the others.
 */
export class ApiTokenService {
  constructor(
    private readonly database: Database,
    private readonly revocations: Revocations,
  ) {}

  /**
   * Those of the owner that the actor manages, newest first, then by id. Throws FORBIDDEN for the tokens of other
   * people without TOKENS_WRITE.
   */
  async list(actor: Actor, ownerId: string | null): Promise<ApiToken[]> {
    const account = requireAccount(actor);
    const owner = ownerId ?? account.userId;
    requireOwnerAccess(account, owner);
    const { read } = this.database;
    const tokens = await read.find(ApiToken, { where: { ownerId: owner }, order: { createdAt: 'DESC', id: 'ASC' } });
    if (account.type === 'person' || can(account, 'TOKENS_WRITE')) return tokens;
    const own = new Set((await familyOf(read, account.tokenId)).map(({ id }) => id));
    return tokens.filter(({ id }) => own.has(id));
  }

  /**
   * Makes a token within the scopes of the actor, and of the owner where that is somebody else. One made by a token
   * expires no later than that token, is revoked with it, and has its models and its limits unless it is given less.
   * Throws REAUTH_REQUIRED for a _WRITE scope without a fresh person, FORBIDDEN for scopes and models that the actor
   * lacks, CONFLICT where too many tokens stand in a row, BAD_USER_INPUT naming `input.<field>`.
   */
  async create(actor: Actor, input: NewApiToken): Promise<CreatedApiToken> {
    const account = requireAccount(actor);
    const checked = checkNewApiToken(input, new Date());
    const ownerId = input.ownerId ?? account.userId;
    requireOwnerAccess(account, ownerId);
    requireScopes(checked.scopes, account.scopes, 'You cannot hand on what you may not do yourself');
    if (checked.scopes.some((scope) => scope.endsWith('_WRITE'))) requireFresh(actor);
    const token = generateToken(API_TOKEN_PREFIX);
    const apiToken = await this.database.write(async (write) => {
      await lockAccounts(write);
      const parent = await lockedParent(write, account);
      if (parent !== null && (await generationOf(write.manager, parent)) >= MAX_GENERATIONS) {
        const message = `At most ${String(MAX_GENERATIONS)} tokens may be made one by the other: make this one with a token higher up, or as a person.`;
        throw new AppError('CONFLICT', message);
      }
      const owner = await write.manager.findOneBy(User, { id: ownerId });
      if (owner === null) throw notFound('This person');
      requireScopes(checked.scopes, scopesOfRole(owner.role), 'The owner may not do');
      if ((await write.manager.countBy(ApiToken, { ownerId })) >= MAX_TOKENS) {
        throw new AppError('CONFLICT', `One person can own ${MAX_TOKENS} tokens. Revoke some first.`);
      }
      const row: ApiToken = {
        id: randomUUID(),
        ...(parent === null ? checked : within(parent, checked)),
        tokenHash: hashToken(token),
        preview: `${API_TOKEN_PREFIX}…${token.slice(-4)}`,
        ownerId,
        parentId: parent?.id ?? null,
        createdAt: write.now,
        lastUsedAt: null,
      };
      await write.manager.insert(ApiToken, row);
      recordCreated(write, actor, row, owner);
      return row;
    });
    return { token, apiToken };
  }

  /** Ends the token and those made by it. Throws NOT_FOUND for one that the actor does not manage. */
  async revoke(actor: Actor, id: string): Promise<void> {
    const account = requireAccount(actor);
    const ended = await this.database.write(async (write) => {
      await lockAccounts(write);
      const token = await write.manager.findOneBy(ApiToken, { id });
      if (token === null || !(await manages(write, account, token))) throw notFound('This token');
      return endTokens(write, actor, [token]);
    });
    this.revocations.announce(ended);
  }
}

async function manages(write: Write, account: PersonActor | TokenActor, token: ApiToken): Promise<boolean> {
  if (can(account, 'TOKENS_WRITE')) return true;
  if (account.type === 'person') return token.ownerId === account.userId;
  return (await familyOf(write.manager, account.tokenId)).some(({ id }) => id === token.id);
}

/** The token that asks, under lock; throws where the credential that asks was revoked meanwhile. */
async function lockedParent(write: Write, account: PersonActor | TokenActor): Promise<ApiToken | null> {
  if (account.type === 'token') {
    const parent = await write.manager.findOneBy(ApiToken, { id: account.tokenId });
    if (parent === null) throw unauthenticated('This token is not valid.');
    return parent;
  }
  const isOpen = await write.manager.existsBy(Session, { id: account.sessionId });
  if (!isOpen) throw unauthenticated('Your session is over. Sign in again.');
  return null;
}

function requireOwnerAccess(account: PersonActor | TokenActor, ownerId: string): void {
  if (ownerId !== account.userId && !can(account, 'TOKENS_WRITE')) {
    throw forbidden('The tokens of others need TOKENS_WRITE.');
  }
}

function requireScopes(wanted: readonly Scope[], allowed: ReadonlySet<Scope>, complaint: string): void {
  const missing = wanted.filter((scope) => !allowed.has(scope));
  if (missing.length > 0) throw forbidden(`${complaint}: ${missing.join(', ')}.`);
}

/**
 * Throws FORBIDDEN where it names models that the parent may not use; whatever else exceeds the parent is brought down
 * to it.
 */
function within(parent: ApiToken, wanted: CheckedApiToken): CheckedApiToken {
  const isNamed = wanted.modelAllowlist.length > 0;
  const allowed = new ModelPatterns(parent.modelAllowlist);
  const beyond =
    parent.modelAllowlist.length === 0 ? [] : wanted.modelAllowlist.filter((entry) => !allowed.covers(entry));
  if (beyond.length > 0) throw forbidden(`You cannot hand on models that you may not use: ${beyond.join(', ')}.`);
  return {
    ...wanted,
    modelAllowlist: isNamed ? wanted.modelAllowlist : parent.modelAllowlist,
    expiresAt: lesser(wanted.expiresAt, parent.expiresAt),
    requestsPerMinute: lesser(wanted.requestsPerMinute, parent.requestsPerMinute),
    maxInFlight: lesser(wanted.maxInFlight, parent.maxInFlight),
  };
}

/** Null: no limit. */
function lesser<T extends Date | number>(one: T | null, other: T | null): T | null {
  if (one === null || other === null) return one ?? other;
  return one < other ? one : other;
}

function recordCreated(write: Write, actor: Actor, token: ApiToken, owner: User): void {
  const changes = [
    { field: 'owner', before: null, after: owner.name },
    { field: 'scopes', before: null, after: token.scopes.join(', ') },
    ...(token.modelAllowlist.length === 0
      ? []
      : [{ field: 'modelAllowlist', before: null, after: token.modelAllowlist.join(', ') }]),
    ...(token.expiresAt === null ? [] : [{ field: 'expiresAt', before: null, after: token.expiresAt.toISOString() }]),
  ];
  const target = { type: 'token', id: token.id, label: token.name };
  write.audit({ action: 'token.created', actor: auditActor(actor), target, changes });
}
