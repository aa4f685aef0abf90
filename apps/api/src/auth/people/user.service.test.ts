import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openAccounts, PASSWORD, type Accounts } from '../../../test/support/accounts.js';
import { AuditEntry } from '../../audit/audit-entry.entity.js';
import { type Actor, type PersonActor, FRESH_MS } from '../actor.js';
import type { Revocation } from '../credentials/revocations.js';
import type { Role } from '../scope.js';
import { Session } from '../sessions/session.entity.js';
import { ApiToken } from '../tokens/api-token.entity.js';
import type { User } from './user.entity.js';

const NOTHING = { name: null, role: null, password: null };

describe('UserService', () => {
  let accounts: Accounts;
  let admin: PersonActor;

  beforeEach(async () => {
    accounts = await openAccounts();
    admin = await accounts.createAdmin();
  });
  afterEach(() => accounts.close());

  const create = (name: string, role: Role = 'MEMBER', actor: Actor = admin): Promise<User> =>
    accounts.users.create(actor, { name, email: `${name.toLowerCase()}@example.com`, password: PASSWORD, role });
  const stale = (): PersonActor => ({ ...admin, authenticatedAt: new Date(Date.now() - FRESH_MS - 1) });
  const auditOf = async (action: string) =>
    accounts.database.read.find(AuditEntry, { where: { action }, order: { seq: 'ASC' } });

  it('keeps e-mail addresses unique whatever their case, and names who has it', async () => {
    const bo = await create('Bo');
    const again = accounts.users.create(admin, {
      name: 'B',
      email: ' BO@Example.com ',
      password: PASSWORD,
      role: 'MEMBER',
    });
    await expect(again).rejects.toMatchObject({ code: 'CONFLICT', details: { field: 'email', existingId: bo.id } });
  });

  it('names every wrong field at once', async () => {
    const wrong = accounts.users.create(admin, { name: ' ', email: 'nobody', password: 'short', role: 'MEMBER' });
    await expect(wrong).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      details: { field: 'name', issues: [{ field: 'name' }, { field: 'email' }, { field: 'password' }] },
    });
  });

  it.each([
    ['11 characters', 'x'.repeat(11), false],
    ['12 characters', 'x'.repeat(12), true],
    ['1,024 bytes', 'x'.repeat(1_024), true],
    ['1,025 bytes', 'x'.repeat(1_025), false],
    ['1,026 bytes in 513 characters', 'ä'.repeat(513), false],
  ])('judges a password of %s', async (_what, password, isTaken) => {
    const attempt = accounts.users.create(admin, { name: 'Bo', email: 'bo@example.com', password, role: 'MEMBER' });
    if (isTaken) await expect(attempt).resolves.toMatchObject({ name: 'Bo' });
    else await expect(attempt).rejects.toMatchObject({ code: 'BAD_USER_INPUT', details: { field: 'password' } });
  });

  it.each(['\u200b', 'a\u202eb', 'a\ud800', 'a\u0000'])('refuses the name %j', async (name) => {
    const attempt = accounts.users.create(admin, { name, email: 'bo@example.com', password: PASSWORD, role: 'MEMBER' });
    await expect(attempt).rejects.toMatchObject({ code: 'BAD_USER_INPUT', details: { field: 'name' } });
  });

  it('refuses an e-mail address with something in it that nobody sees', async () => {
    const attempt = accounts.users.create(admin, {
      name: 'Bo',
      email: 'bo@example.com\u200b',
      password: PASSWORD,
      role: 'MEMBER',
    });
    await expect(attempt).rejects.toMatchObject({ code: 'BAD_USER_INPUT', details: { field: 'email' } });
  });

  it('keeps the last admin one', async () => {
    await create('Bo');
    const conflict = { code: 'CONFLICT' };
    await expect(accounts.users.update(admin, admin.userId, { ...NOTHING, role: 'MEMBER' })).rejects.toMatchObject(
      conflict,
    );
    await expect(accounts.users.remove(admin, admin.userId)).rejects.toMatchObject(conflict);
  });

  it('keeps one admin when the last two go at the same time', async () => {
    const bo = await create('Bo', 'ADMIN');
    const { actor } = await accounts.signIn('bo@example.com');
    const outcomes = await Promise.allSettled([
      accounts.users.update(admin, bo.id, { ...NOTHING, role: 'MEMBER' }),
      accounts.users.remove(actor, admin.userId),
    ]);
    expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected']);
    const admins = (await accounts.users.list()).filter((user) => user.role === 'ADMIN');
    expect(admins).toHaveLength(1);
  });

  it('asks for the password again before it touches an admin, makes one, or sets a password', async () => {
    const bo = await create('Bo');
    const reauth = { code: 'REAUTH_REQUIRED' };
    await expect(create('Cy', 'ADMIN', stale())).rejects.toMatchObject(reauth);
    await expect(accounts.users.update(stale(), bo.id, { ...NOTHING, role: 'ADMIN' })).rejects.toMatchObject(reauth);
    await expect(accounts.users.update(stale(), bo.id, { ...NOTHING, password: PASSWORD })).rejects.toMatchObject(
      reauth,
    );
    await expect(accounts.users.update(stale(), admin.userId, { ...NOTHING, name: 'A' })).rejects.toMatchObject(reauth);
    await expect(accounts.users.remove(stale(), admin.userId)).rejects.toMatchObject(reauth);
    await expect(accounts.users.update(stale(), bo.id, { ...NOTHING, name: 'Bob' })).resolves.toMatchObject({
      name: 'Bob',
    });
    await expect(accounts.users.remove(stale(), bo.id)).resolves.toBeUndefined();
  });

  it('ends the sessions of a demoted person and the tokens that hold more than a member may do, and no others', async () => {
    const bo = await create('Bo', 'ADMIN');
    const { actor } = await accounts.signIn('bo@example.com');
    const strong = await accounts.tokens.create(actor, { name: 'strong', scopes: ['CHAT', 'CONNECTIONS_READ'] });
    const weak = await accounts.tokens.create(actor, { name: 'weak', scopes: ['CHAT'] });
    const heard: Revocation[] = [];
    accounts.revocations.subscribe((revocation) => heard.push(revocation));
    await accounts.users.update(admin, bo.id, { ...NOTHING, role: 'MEMBER' });
    expect(await accounts.tokens.list(admin, bo.id)).toMatchObject([{ id: weak.apiToken.id }]);
    expect(await accounts.database.read.countBy(Session, { userId: bo.id })).toBe(0);
    expect(heard).toEqual([
      { what: 'SESSION', id: actor.sessionId, ended: true },
      { what: 'TOKEN', id: strong.apiToken.id, ended: true },
      { what: 'USER', id: bo.id, ended: false },
    ]);
  });

  it('ends a person’s sessions when an admin sets the password, and lets the new one in', async () => {
    const bo = await create('Bo');
    await accounts.signIn('bo@example.com');
    await accounts.users.update(admin, bo.id, { ...NOTHING, password: 'another long password' });
    expect(await accounts.database.read.countBy(Session, { userId: bo.id })).toBe(0);
    await expect(accounts.signIn('bo@example.com')).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
    await expect(accounts.signIn('bo@example.com', 'another long password')).resolves.toBeDefined();
  });

  it('removes a person with the tokens made by theirs, whoever owns those', async () => {
    const bo = await create('Bo', 'ADMIN');
    const { actor } = await accounts.signIn('bo@example.com');
    const parent = await accounts.tokens.create(actor, { name: 'parent', scopes: ['CHAT', 'TOKENS_WRITE'] });
    const asToken = await accounts.credentials.authenticate(
      { authorization: `Bearer ${parent.token}`, sessionToken: undefined },
      actor,
    );
    await accounts.tokens.create(asToken, { name: 'child', scopes: ['CHAT'], ownerId: admin.userId });
    await accounts.users.remove(admin, bo.id);
    expect(await accounts.database.read.count(ApiToken)).toBe(0);
  });

  it('records who did what, and no password in it', async () => {
    const bo = await create('Bo');
    await accounts.users.update(admin, bo.id, { name: 'Bob', role: 'ADMIN', password: 'another long password' });
    const [updated] = await auditOf('user.updated');
    expect(updated).toMatchObject({
      actor: 'Ada',
      actorId: admin.userId,
      targetType: 'user',
      targetId: bo.id,
      target: 'Bob',
      changes: [
        { field: 'name', before: 'Bo', after: 'Bob' },
        { field: 'role', before: 'MEMBER', after: 'ADMIN' },
        { field: 'password', before: null, after: 'replaced' },
      ],
    });
    const everything = JSON.stringify(await accounts.database.read.find(AuditEntry)) + accounts.logLines.join('');
    expect(everything).not.toContain('another long password');
    expect(everything).not.toContain(PASSWORD);
    expect(everything).not.toContain('$argon2');
  });

  it('records nothing where nothing changed', async () => {
    const bo = await create('Bo');
    await accounts.users.update(admin, bo.id, { ...NOTHING, name: 'Bo', role: 'MEMBER' });
    expect(await auditOf('user.updated')).toHaveLength(0);
  });

  it('answers NOT_FOUND for nobody', async () => {
    await expect(accounts.users.remove(admin, 'nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(accounts.users.update(admin, 'nobody', NOTHING)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
