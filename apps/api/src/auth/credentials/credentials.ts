import { setTimeout as delay } from 'node:timers/promises';
import { translateDatabaseError } from '../../database/database-error.js';
import type { Database } from '../../database/database.js';
import { AppError, isDatabaseTrouble, unauthenticated, unavailable } from '../../errors.js';
import { ExpiringCache } from '../../lib/expiring-cache.js';
import type { Logger } from '../../log/logger.js';
import { anonymous, type Actor, type Origin } from '../actor.js';
import { CLOCK_SLACK_MS } from '../sessions/session-times.js';
import { API_TOKEN_PREFIX, hashToken } from '../tokens/secret-token.js';
import { findSession, findToken, isValid, toActor, type Identity } from './identity.js';
import { LastUse } from './last-use.js';
import { LookUpBudget, type LookUpBudgetOptions } from './look-up-budget.js';
import type { Revocation, Revocations } from './revocations.js';

/** What a request presents, as it came. */
export interface PresentedCredentials {
  /** The Authorization header. Where there is one, the cookie does not count. */
  readonly authorization: string | undefined;
  /** The value of the session cookie. */
  readonly sessionToken: string | undefined;
  /** The connection that it came by: who sends the same header once more by it is known without hashing. */
  readonly socket?: object;
}

type CredentialKind = 'session' | 'token';

/** Another process may have revoked a credential: it is looked up again after this long. */
const LIFETIME_MS = 5_000;
/** Known credentials go on for this long while the database does not answer: a revocation cannot arrive meanwhile. */
const GRACE_MS = 10 * 60_000;
/** Who is known and has to be looked up again waits this long for a database that does not answer. */
const LOOK_UP_PATIENCE_MS = 1_000;
const REMEMBERED_VALID = { limit: 20_000, lifetimeMs: LIFETIME_MS, graceMs: GRACE_MS };
/** Apart from the valid ones, so that a flood of guesses pushes out none of them. */
const REMEMBERED_UNKNOWN = { limit: 5_000, lifetimeMs: LIFETIME_MS };
/** Those that were valid here before: no flood of guesses keeps them from being looked up. */
const REMEMBERED_PROVEN = { limit: 20_000, lifetimeMs: 30 * 24 * 3_600_000 };
const SESSION_NOTED_EVERY_MS = 60_000;
const TOKEN_NOTED_EVERY_MS = 5 * 60_000;
/** Longer is no credential of ours, and not worth hashing. */
const MAX_CREDENTIAL_CHARACTERS = 512;

/**
 * Turns what a request presents into who is asking, mostly from memory. A revocation in this process counts from its
 * commit on; one in another process within 5 s. While the database does not answer, who was known goes on for up to 10
 * minutes, and such a revocation counts when the database is back.
 */
export class Credentials {
  readonly #known = { session: new Recent(), token: new Recent() };
  readonly #underWay = new Map<string, Promise<Identity | null>>();
  readonly #noted = new ExpiringCache<number>({ limit: 20_000, lifetimeMs: TOKEN_NOTED_EVERY_MS });
  /**
   * What open connections have sent, as it came: for as long as one is open, and no longer than a sender keeps it so.
   */
  readonly #sent = new WeakMap<object, Sent>();
  readonly #lastUse: LastUse;
  readonly #budget: LookUpBudget;
  readonly #unsubscribe: () => void;
  #revocationCount = 0;
  /** The last that was asked of the database had no answer, or a late one. */
  #isInTrouble = false;

  constructor(
    private readonly database: Database,
    revocations: Revocations,
    private readonly logger: Logger,
    budget: LookUpBudgetOptions = {},
  ) {
    this.#budget = new LookUpBudget(logger, budget);
    this.#lastUse = new LastUse(database, logger);
    this.#unsubscribe = revocations.subscribe((revocation) => {
      this.#forget(revocation);
    });
  }

  /**
   * The actor behind a request; an anonymous one where nothing is presented. Throws UNAUTHENTICATED for a credential
   * that is presented and not valid, RATE_LIMITED where too many come that nobody has seen, and UNAVAILABLE where the
   * database cannot say.
   */
  async authenticate(presented: PresentedCredentials, origin: Origin): Promise<Actor> {
    const actor = this.recall(presented, origin);
    if (actor !== null) return actor;
    const credential = this.#parse(presented);
    if (credential === null) return anonymous(origin);
    const { kind, hash } = credential;
    return this.#admit(kind, await this.#find(kind, hash, origin), origin);
  }

  /** The same at once, where it is known from a moment ago; null: `authenticate` finds out. */
  recall(presented: PresentedCredentials, origin: Origin): Actor | null {
    const credential = this.#parse(presented);
    if (credential === null) return anonymous(origin);
    const { kind, hash } = credential;
    const { valid, unknown } = this.#known[kind];
    const identity = valid.get(hash);
    if (identity !== undefined) return this.#admit(kind, identity, origin);
    return unknown.get(hash) === true ? this.#admit(kind, null, origin) : null;
  }

  #parse(presented: PresentedCredentials): Credential | null {
    const { authorization, socket } = presented;
    if (authorization === undefined || socket === undefined) return parse(presented);
    const sent = this.#sent.get(socket);
    if (sent?.authorization === authorization) return sent.credential;
    const credential = parse(presented);
    if (credential !== null) this.#sent.set(socket, { authorization, credential });
    return credential;
  }

  #admit(kind: CredentialKind, identity: Identity | null, origin: Origin): Actor {
    const now = new Date();
    if (identity === null || !isValid(identity, now)) throw invalid(kind);
    this.#noteUse(identity, now);
    return toActor(identity, origin);
  }

  /** Ends the subscription to revocations and waits for what is still being written. */
  async close(): Promise<void> {
    this.#unsubscribe();
    await this.#lastUse.settled();
  }

  /** As the database has it; where that does not answer, as it had it not long ago. */
  async #find(kind: CredentialKind, hash: string, { ip }: Origin): Promise<Identity | null> {
    const lookUp = this.#lookUpOnce(kind, hash, ip);
    const { valid } = this.#known[kind];
    if (valid.fallBackOn(hash) === undefined) return lookUp;
    const found = await this.#inTime(lookUp);
    if (found !== 'no answer') return found;
    // It may have been revoked in this process meanwhile.
    const known = valid.fallBackOn(hash);
    if (known === undefined) return lookUp;
    valid.prolong(hash, LIFETIME_MS);
    return known;
  }

  async #inTime(lookUp: Promise<Identity | null>): Promise<Identity | null | 'no answer'> {
    // It is in trouble already: nobody waits, and the first answer ends the trouble.
    const patienceMs = this.#isInTrouble ? 0 : LOOK_UP_PATIENCE_MS;
    const patience = new AbortController();
    const late = delay(patienceMs, 'no answer' as const, { signal: patience.signal });
    // Called off below.
    late.catch(() => undefined);
    try {
      const found = await Promise.race([lookUp, late]);
      if (found === 'no answer') this.#noteTrouble();
      return found;
    } catch (error) {
      if (!isDatabaseTrouble(error)) throw error;
      return 'no answer';
    } finally {
      patience.abort();
    }
  }

  #noteTrouble(): void {
    if (!this.#isInTrouble)
      this.logger.warn('the database does not answer: credentials that are known go on for up to 10 minutes');
    this.#isInTrouble = true;
  }

  #lookUpOnce(kind: CredentialKind, hash: string, ip: string | null): Promise<Identity | null> {
    const key = `${kind} ${hash}`;
    let lookUp = this.#underWay.get(key);
    if (lookUp === undefined) {
      lookUp = this.#lookUpInBudget(kind, hash, ip).finally(() => this.#underWay.delete(key));
      this.#underWay.set(key, lookUp);
    }
    return lookUp;
  }

  async #lookUpInBudget(kind: CredentialKind, hash: string, ip: string | null): Promise<Identity | null> {
    const { proven, valid } = this.#known[kind];
    if (proven.get(hash) === true || valid.fallBackOn(hash) !== undefined) return this.#lookUp(kind, hash);
    const giveBack = this.#budget.take(ip);
    // No guess, or none that could be judged.
    let isUnknown = false;
    try {
      const identity = await this.#lookUp(kind, hash);
      isUnknown = identity === null;
      return identity;
    } finally {
      if (!isUnknown) giveBack();
    }
  }

  async #lookUp(kind: CredentialKind, hash: string): Promise<Identity | null> {
    const find = kind === 'session' ? findSession : findToken;
    const { valid, unknown, proven } = this.#known[kind];
    for (;;) {
      const revocationsBefore = this.#revocationCount;
      const identity = await find(this.database, hash).catch((error: unknown) => {
        this.#noteTrouble();
        throw inTrouble(error);
      });
      if (this.#isInTrouble) this.logger.info('the database answers again: credentials are looked up as ever');
      this.#isInTrouble = false;
      // What was read before a revocation must not be remembered after it.
      if (revocationsBefore !== this.#revocationCount) continue;
      if (identity === null) {
        unknown.set(hash, true);
        valid.delete(hash);
        proven.delete(hash);
      } else {
        valid.set(hash, identity);
        proven.set(hash, true);
      }
      return identity;
    }
  }

  #forget(revocation: Revocation): void {
    this.#revocationCount += 1;
    for (const { valid } of Object.values(this.#known)) {
      valid.deleteWhere((identity) => concerns(revocation, identity));
    }
  }

  #noteUse(identity: Identity, now: Date): void {
    const [target, row, everyMs] =
      identity.type === 'person'
        ? (['session', identity.session, SESSION_NOTED_EVERY_MS] as const)
        : (['token', identity.token, TOKEN_NOTED_EVERY_MS] as const);
    const isLately = (at: number): boolean => at > now.getTime() - everyMs && at <= now.getTime() + CLOCK_SLACK_MS;
    if (isLately(row.lastUsedAt?.getTime() ?? 0) || isLately(this.#noted.get(row.id) ?? 0)) return;
    this.#noted.set(row.id, now.getTime());
    row.lastUsedAt = now;
    this.#lastUse.note(target, row.id, now);
  }
}

/** What is remembered of the credentials of one kind, by their hashes. */
class Recent {
  readonly valid = new ExpiringCache<Identity>(REMEMBERED_VALID);
  readonly unknown = new ExpiringCache<true>(REMEMBERED_UNKNOWN);
  readonly proven = new ExpiringCache<true>(REMEMBERED_PROVEN);
}

/** A credential as it is looked for. */
interface Credential {
  readonly kind: CredentialKind;
  readonly hash: string;
}

interface Sent {
  readonly authorization: string;
  readonly credential: Credential;
}

/** Null: nothing is presented. */
function parse({ authorization, sessionToken }: PresentedCredentials): Credential | null {
  if (authorization !== undefined) {
    const secret = bearerOf(authorization);
    if (secret === undefined || !secret.startsWith(API_TOKEN_PREFIX) || isTooLong(secret)) throw invalid('token');
    return { kind: 'token', hash: hashToken(secret) };
  }
  if (sessionToken === undefined || sessionToken === '') return null;
  if (isTooLong(sessionToken)) throw invalid('session');
  return { kind: 'session', hash: hashToken(sessionToken) };
}

const USUAL = `Bearer ${API_TOKEN_PREFIX}`;

/** As nearly everybody writes it, with one space, it is found without a pattern. */
function bearerOf(authorization: string): string | undefined {
  const isUsual = authorization.startsWith(USUAL) && !authorization.includes(' ', USUAL.length);
  return isUsual ? authorization.slice('Bearer '.length) : /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
}

const isTooLong = (secret: string) => secret.length > MAX_CREDENTIAL_CHARACTERS;

function concerns(revocation: Revocation, identity: Identity): boolean {
  switch (revocation.what) {
    case 'USER':
      return identity.user.id === revocation.id;
    case 'SESSION':
      return identity.type === 'person' && identity.session.id === revocation.id;
    case 'TOKEN':
      return identity.type === 'token' && identity.token.id === revocation.id;
  }
}

const invalid = (kind: CredentialKind) =>
  unauthenticated(kind === 'token' ? 'This token is not valid.' : 'Your session is over. Sign in again.');

function inTrouble(error: unknown): AppError {
  const translated = translateDatabaseError(error);
  return translated instanceof AppError
    ? translated
    : unavailable('Credentials cannot be checked right now.', translated);
}
