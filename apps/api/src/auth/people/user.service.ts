import { randomUUID } from 'node:crypto';
import { isUniqueViolation } from '../../database/database-error.js';
import type { Database } from '../../database/database.js';
import type { AuditChange, Write } from '../../database/write.js';
import { AppError, notFound } from '../../errors.js';
import { auditActor, requireFresh, type Actor } from '../actor.js';
import { endSessions, endTokens } from '../credentials/credential-end.js';
import type { Revocation, Revocations } from '../credentials/revocations.js';
import { scopesOfRole, type Role } from '../scope.js';
import { Session } from '../sessions/session.entity.js';
import type { Passwords } from '../sign-in/passwords.js';
import { ApiToken } from '../tokens/api-token.entity.js';
import { checkNewUser, emailKey, AccountInputCheck, type NewUser } from './account-input.js';
import { lockAccounts } from './account-lock.js';
import { User } from './user.entity.js';

/** What to change; null leaves it as it is. */
export interface UserUpdate {
  readonly name: string | null;
  readonly role: Role | null;
  readonly password: string | null;
}

/** The people of an installation and what they may do. */
export class UserService {
  constructor(
    private readonly database: Database,
    private readonly passwords: Passwords,
    private readonly revocations: Revocations,
  ) {}

  /** By name, then id. */
  list(): Promise<User[]> {
    return this.database.read.find(User, { order: { name: 'ASC', id: 'ASC' } });
  }

  find(id: string): Promise<User | null> {
    return this.database.read.findOneBy(User, { id });
  }

  /** In the order of the ids; null for those that are gone. */
  async findMany(ids: readonly string[]): Promise<(User | null)[]> {
    const users = await this.database.read
      .createQueryBuilder(User, 'user')
      .where('user.id IN (:...ids)', { ids: [...ids] })
      .getMany();
    const byId = new Map(users.map((user) => [user.id, user]));
    return ids.map((id) => byId.get(id) ?? null);
  }

  /**
   * Throws REAUTH_REQUIRED for an admin without a fresh person, CONFLICT with `existingId` where the e-mail is taken.
   */
  async create(actor: Actor, input: NewUser): Promise<User> {
    if (input.role === 'ADMIN') requireFresh(actor);
    const checked = checkNewUser(input);
    const passwordHash = await this.passwords.hash(input.password);
    return this.database.write(async (write) => {
      const user = newUser({ ...checked, role: input.role, passwordHash }, write.now);
      await insertUser(write, user);
      recordCreated(write, actor, user);
      return user;
    });
  }

  /**
   * Changes what is given. Demoting a person, or setting the password, ends the sessions of that person; demoting also
   * revokes the tokens that hold more than the new role may do. Throws CONFLICT where it would leave no admin.
   */
  async update(actor: Actor, id: string, update: UserUpdate): Promise<User> {
    const check = new AccountInputCheck();
    const name = update.name === null ? null : check.name('name', update.name);
    if (update.password !== null) check.newPassword('password', update.password);
    check.finish();
    if (update.role === 'ADMIN' || update.password !== null) requireFresh(actor);
    const passwordHash = update.password === null ? null : await this.passwords.hash(update.password);
    const revoked: Revocation[] = [];
    const user = await this.database.write(async (write) => {
      const before = await this.#lockedUser(write, id);
      const role = update.role ?? before.role;
      if (before.role === 'ADMIN') requireFresh(actor);
      if (before.role === 'ADMIN' && role !== 'ADMIN') await requireAnotherAdmin(write, id);
      const after: User = {
        ...before,
        name: name ?? before.name,
        role,
        passwordHash: passwordHash ?? before.passwordHash,
      };
      await write.manager.update(User, { id }, { name: after.name, role, passwordHash: after.passwordHash });
      const changes = changesOf(before, after);
      if (changes.length === 0) return after;
      write.audit({ action: 'user.updated', actor: auditActor(actor), target: target(after), changes });
      revoked.push(...(await this.#consequences(write, actor, before, after)), { what: 'USER', id, ended: false });
      return after;
    });
    this.revocations.announce(revoked);
    return user;
  }

  /** Removes the person with all sessions and tokens. Throws CONFLICT for the last admin. */
  async remove(actor: Actor, id: string): Promise<void> {
    const revoked: Revocation[] = [{ what: 'USER', id, ended: true }];
    await this.database.write(async (write) => {
      const user = await this.#lockedUser(write, id);
      if (user.role === 'ADMIN') {
        requireFresh(actor);
        await requireAnotherAdmin(write, id);
      }
      const sessions = await write.manager.findBy(Session, { userId: id });
      const tokens = await write.manager.findBy(ApiToken, { ownerId: id });
      revoked.push(...(await endSessions(write, actor, sessions)), ...(await endTokens(write, actor, tokens)));
      await write.manager.delete(User, { id });
      write.audit({ action: 'user.removed', actor: auditActor(actor), target: target(user), changes: [] });
    });
    this.revocations.announce(revoked);
  }

  async #lockedUser(write: Write, id: string): Promise<User> {
    await lockAccounts(write);
    const user = await write.manager.findOneBy(User, { id });
    if (user === null) throw notFound('This person');
    return user;
  }

  async #consequences(write: Write, actor: Actor, before: User, after: User): Promise<Revocation[]> {
    const isDemoted = before.role === 'ADMIN' && after.role !== 'ADMIN';
    const isOwnSession = (session: Session) => actor.type === 'person' && session.id === actor.sessionId;
    const ended: Revocation[] = [];
    if (isDemoted || before.passwordHash !== after.passwordHash) {
      const sessions = await write.manager.findBy(Session, { userId: after.id });
      ended.push(
        ...(await endSessions(write, actor, isDemoted ? sessions : sessions.filter((one) => !isOwnSession(one)))),
      );
    }
    if (isDemoted) {
      const allowed = scopesOfRole(after.role);
      const tokens = await write.manager.findBy(ApiToken, { ownerId: after.id });
      ended.push(
        ...(await endTokens(
          write,
          actor,
          tokens.filter((token) => token.scopes.some((scope) => !allowed.has(scope))),
        )),
      );
    }
    return ended;
  }
}

/** A row that is not stored yet. */
export function newUser(input: Pick<User, 'name' | 'email' | 'role' | 'passwordHash'>, createdAt: Date): User {
  return { id: randomUUID(), ...input, emailKey: emailKey(input.email), createdAt, lastSignInAt: null };
}

/** Throws CONFLICT with `existingId` where the e-mail is taken. */
export async function insertUser(write: Write, user: User): Promise<void> {
  const existing = await write.manager.findOneBy(User, { emailKey: user.emailKey });
  if (existing !== null) throw emailTaken(existing.id);
  try {
    await write.manager.insert(User, user);
  } catch (error) {
    // PostgreSQL runs writes side by side: the other one came first.
    if (isUniqueViolation(error)) throw emailTaken(undefined, error);
    throw error;
  }
}

export function recordCreated(write: Write, actor: Actor, user: User): void {
  const changes = [
    { field: 'name', before: null, after: user.name },
    { field: 'email', before: null, after: user.email },
    { field: 'role', before: null, after: user.role },
  ];
  write.audit({ action: 'user.created', actor: auditActor(actor), target: target(user), changes });
}

const target = (user: User) => ({ type: 'user', id: user.id, label: user.name });

function changesOf(before: User, after: User): AuditChange[] {
  const changes: AuditChange[] = [];
  if (before.name !== after.name) changes.push({ field: 'name', before: before.name, after: after.name });
  if (before.role !== after.role) changes.push({ field: 'role', before: before.role, after: after.role });
  if (before.passwordHash !== after.passwordHash) {
    changes.push({ field: 'password', before: null, after: before.passwordHash === null ? 'set' : 'replaced' });
  }
  return changes;
}

async function requireAnotherAdmin(write: Write, id: string): Promise<void> {
  const admins = await write.manager.findBy(User, { role: 'ADMIN' });
  if (!admins.some((admin) => admin.id !== id)) {
    throw new AppError('CONFLICT', 'The last administrator stays one. Make somebody else an administrator first.');
  }
}

const emailTaken = (existingId?: string, cause?: unknown) =>
  new AppError(
    'CONFLICT',
    'Somebody with this e-mail address exists already.',
    { field: 'email', ...(existingId === undefined ? {} : { existingId }) },
    { cause },
  );
