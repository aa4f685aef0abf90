import { randomUUID } from 'node:crypto';
import { instant, until } from '../../database/columns.js';
import type { Database } from '../../database/database.js';
import type { Write } from '../../database/write.js';
import { AppError, notFound, unauthenticated } from '../../errors.js';
import { auditActor, FRESH_MS, requirePerson, type Actor, type Origin, type PersonActor } from '../actor.js';
import { endSessions } from '../credentials/credential-end.js';
import { toPerson } from '../credentials/identity.js';
import type { Revocation, Revocations } from '../credentials/revocations.js';
import { emailKey, AccountInputCheck, isTooLong } from '../people/account-input.js';
import { lockAccounts } from '../people/account-lock.js';
import { User } from '../people/user.entity.js';
import type { DeviceNotes, ShownNotes } from '../sign-in/device-notes.js';
import { PasswordCheck, type PasswordCheckOptions } from '../sign-in/password-check.js';
import { generateToken, hashToken } from '../tokens/secret-token.js';
import { endsAt, isOver, SESSION_IDLE_MS, SESSION_MAX_MS } from './session-times.js';
import { Session } from './session.entity.js';

/** Where somebody signs in from. */
export interface Client extends Origin {
  readonly userAgent: string | null;
  /** What the browser shows of earlier sign-ins. */
  readonly deviceNotes?: ShownNotes;
}

/** A session just opened or renewed. The token goes into the cookie and is kept nowhere else. */
export interface OpenedSession {
  readonly token: string;
  readonly expiresAt: Date;
  readonly actor: PersonActor;
  /** What the browser is to show when somebody signs in with it again. It goes into a cookie of its own. */
  readonly deviceNotes: string;
}

export interface ListedSession extends Session {
  readonly current: boolean;
}

export interface SessionServiceOptions extends PasswordCheckOptions {
  readonly database: Database;
  readonly revocations: Revocations;
}

const MAX_USER_AGENT_CHARACTERS = 300;
/** Sessions that one person may have; the one used least recently makes room. */
const MAX_SESSIONS = 50;

/**
 * Signing in and out, and what one does with one's own sessions. Wrong passwords are logged and counted but stand in no
 * audit entry: strangers must not be able to make the chained log, or the database, grow.
 */
export class SessionService {
  readonly #passwordCheck: PasswordCheck;

  constructor(private readonly options: SessionServiceOptions) {
    this.#passwordCheck = new PasswordCheck(options);
  }

  /**
   * Opens a session and ends the one that `actor` came with. Throws INVALID_CREDENTIALS whether the e-mail is unknown
   * or the password wrong, after the same work, and RATE_LIMITED after too many of them.
   */
  async signIn(actor: Actor, input: { email: string; password: string }, client: Client): Promise<OpenedSession> {
    const key = emailKey(input.email);
    const user = isTooLong(key) ? null : await this.options.database.read.findOneBy(User, { emailKey: key });
    await this.#passwordCheck.require({
      account: `email ${key}`,
      user,
      password: input.password,
      from: client,
      complaint: 'The e-mail address or the password is wrong.',
    });
    const ended: Revocation[] = [];
    const opened = await this.options.database.write(async (write) => {
      const current = await lockedUser(write, user);
      if (actor.type === 'person') {
        ended.push(...(await endSessions(write, actor, await write.manager.findBy(Session, { id: actor.sessionId }))));
      }
      ended.push(...(await this.#makeRoom(write, actor, current)));
      return openSession(write, current, client, this.options.devices);
    });
    this.options.revocations.announce(ended);
    return opened;
  }

  /** Ends the session of a person; for others there is nothing to end. */
  async signOut(actor: Actor): Promise<void> {
    if (actor.type === 'person') await this.#end(actor, { id: actor.sessionId });
  }

  /** One's own sessions that are not over, the one used last first. */
  async list(actor: Actor): Promise<ListedSession[]> {
    const person = requirePerson(actor);
    const now = new Date();
    const sessions = await this.options.database.read.find(Session, {
      where: { userId: person.userId },
      order: { lastUsedAt: 'DESC', id: 'ASC' },
    });
    // Ended meanwhile, by another process maybe: a list of others would read as if it went on.
    if (!sessions.some(({ id }) => id === person.sessionId))
      throw unauthenticated('Your session is over. Sign in again.');
    return sessions
      .filter((session) => !isOver(session, now))
      .map((session) => ({ ...session, expiresAt: endsAt(session), current: session.id === person.sessionId }));
  }

  /** Ends one of one's own sessions. Throws NOT_FOUND for any other. */
  async revoke(actor: Actor, id: string): Promise<void> {
    const { userId } = requirePerson(actor);
    if ((await this.#end(actor, { id, userId })) === 0) throw notFound('This session');
  }

  /** Renews the session under another secret after the password was given: it is as fresh as after signing in. */
  async reauthenticate(
    actor: Actor,
    password: string | null,
    shown: ShownNotes = null,
  ): Promise<OpenedSession & { validUntil: Date }> {
    const person = requirePerson(actor);
    const check = new AccountInputCheck();
    if (password === null) check.reject('password', 'Enter your password.');
    check.finish();
    const user = await this.#person(person);
    await this.#passwordCheck.require({
      account: `user ${user.id}`,
      user,
      password: password ?? '',
      from: person,
      complaint: 'The password is wrong.',
    });
    const token = generateToken();
    const opened = await this.options.database.write(async (write) => {
      const current = await lockedUser(write, user);
      const session = await ownSession(write, person);
      renew(session, token, write.now);
      await write.manager.save(Session, session);
      record(write, 'session.renewed', person, session);
      const deviceNotes = this.options.devices.issue(current, shown);
      return { token, expiresAt: session.expiresAt, actor: toPerson(session, current, person), deviceNotes };
    });
    this.options.revocations.announce([{ what: 'SESSION', id: person.sessionId, ended: false }]);
    return { ...opened, validUntil: new Date(opened.actor.authenticatedAt.getTime() + FRESH_MS) };
  }

  /**
   * Sets another password and ends all other sessions of the person, with their sockets. Gives what the browser is to
   * show from now on; what others have of this person counts no longer.
   */
  async changePassword(actor: Actor, current: string, next: string, shown: ShownNotes = null): Promise<string> {
    const person = requirePerson(actor);
    const check = new AccountInputCheck();
    check.newPassword('new', next);
    check.finish();
    const user = await this.#person(person);
    await this.#passwordCheck.require({
      account: `user ${user.id}`,
      user,
      password: current,
      from: person,
      complaint: 'The current password is wrong.',
    });
    const passwordHash = await this.options.passwords.hash(next);
    const revoked: Revocation[] = [{ what: 'SESSION', id: person.sessionId, ended: false }];
    await this.options.database.write(async (write) => {
      const before = await lockedUser(write, user);
      const session = await ownSession(write, person);
      await write.manager.update(User, { id: before.id }, { passwordHash });
      await write.manager.update(Session, { id: session.id }, { authenticatedAt: write.now });
      const others = (await write.manager.findBy(Session, { userId: before.id })).filter(({ id }) => id !== session.id);
      write.audit({
        action: 'user.updated',
        actor: auditActor(person),
        target: { type: 'user', id: before.id, label: before.name },
        changes: [{ field: 'password', before: null, after: 'replaced' }],
      });
      revoked.push(...(await endSessions(write, person, others)));
    });
    this.options.revocations.announce(revoked);
    return this.options.devices.issue({ id: user.id, passwordHash }, shown);
  }

  /** Deletes the rows of sessions that are over, and gives their number. Nothing depends on it but the table's size. */
  async removeExpired(): Promise<number> {
    return this.options.database.write(async (write) => {
      const { manager, now } = write;
      await lockAccounts(write);
      const idleSince = instant(new Date(now.getTime() - SESSION_IDLE_MS));
      const result = await manager
        .createQueryBuilder()
        .delete()
        .from(Session)
        .where([{ expiresAt: until(now) }])
        .orWhere('"lastUsedAt" <= :idleSince', { idleSince })
        .execute();
      return result.affected ?? 0;
    });
  }

  async #end(actor: Actor, where: { id: string; userId?: string }): Promise<number> {
    const ended = await this.options.database.write(async (write) => {
      // Others end sessions under this lock; taking a session first could leave both waiting for each other.
      await lockAccounts(write);
      return endSessions(write, actor, await write.manager.findBy(Session, where));
    });
    this.options.revocations.announce(ended);
    return ended.length;
  }

  async #person(person: PersonActor): Promise<User> {
    const user = await this.options.database.read.findOneBy(User, { id: person.userId });
    if (user === null) throw unauthenticated();
    return user;
  }

  async #makeRoom(write: Write, actor: Actor, user: User): Promise<Revocation[]> {
    const sessions = await write.manager.find(Session, { where: { userId: user.id }, order: { lastUsedAt: 'DESC' } });
    return endSessions(write, actor, sessions.slice(MAX_SESSIONS - 1));
  }
}

/** Opens a session within a write: at sign-in and after the set-up. */
export async function openSession(
  write: Write,
  user: User,
  client: Client,
  devices: DeviceNotes,
): Promise<OpenedSession> {
  const token = generateToken();
  const session: Session = {
    id: randomUUID(),
    userId: user.id,
    tokenHash: '',
    createdAt: write.now,
    authenticatedAt: write.now,
    lastUsedAt: write.now,
    expiresAt: write.now,
    ip: client.ip,
    userAgent: client.userAgent?.slice(0, MAX_USER_AGENT_CHARACTERS) ?? null,
  };
  renew(session, token, write.now);
  await write.manager.insert(Session, session);
  await write.manager.update(User, { id: user.id }, { lastSignInAt: write.now });
  const actor = toPerson(session, user, client);
  record(write, 'session.created', actor, session);
  const deviceNotes = devices.issue(user, client.deviceNotes ?? null);
  return { token, expiresAt: session.expiresAt, actor, deviceNotes };
}

function renew(session: Session, token: string, now: Date): void {
  session.tokenHash = hashToken(token);
  session.createdAt = now;
  session.authenticatedAt = now;
  session.lastUsedAt = now;
  session.expiresAt = new Date(now.getTime() + SESSION_MAX_MS);
}

function record(write: Write, action: string, actor: PersonActor, session: Session): void {
  const target = { type: 'session', id: session.id, label: session.ip ?? 'session' };
  write.audit({ action, actor: auditActor(actor), target, changes: [] });
}

/** The person as they are now. Throws when the password that was checked is no longer theirs. */
async function lockedUser(write: Write, checked: User | null): Promise<User> {
  await lockAccounts(write);
  const user = checked && (await write.manager.findOneBy(User, { id: checked.id }));
  if (user === null || user.passwordHash !== checked?.passwordHash) {
    throw new AppError('INVALID_CREDENTIALS', 'The password was changed meanwhile.');
  }
  return user;
}

/** The session that asks; it may have been ended while the password was checked. */
async function ownSession(write: Write, person: PersonActor): Promise<Session> {
  const session = await write.manager.findOneBy(Session, { id: person.sessionId });
  if (session === null) throw unauthenticated('Your session is over. Sign in again.');
  return session;
}
