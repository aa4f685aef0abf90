import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CLIENT, NOBODY, openAccounts, PASSWORD, type Accounts } from '../../../test/support/accounts.js';
import { AuditEntry } from '../../audit/audit-entry.entity.js';
import type { PersonActor } from '../actor.js';
import { CredentialWatch } from '../credentials/credential-watch.js';
import type { Revocation } from '../credentials/revocations.js';
import { User } from '../people/user.entity.js';
import { Session } from './session.entity.js';

const DAY_MS = 24 * 3_600_000;

describe('SessionService', () => {
  let accounts: Accounts;
  let admin: PersonActor;

  beforeEach(async () => {
    accounts = await openAccounts();
    admin = await accounts.createAdmin();
  });
  afterEach(() => accounts.close());

  const withCookie = (sessionToken: string) =>
    accounts.credentials.authenticate({ authorization: undefined, sessionToken }, CLIENT);
  const sessionCount = () => accounts.database.read.count(Session);

  it('signs in whatever the case of the e-mail address, with a secret of 256 bits and for 7 days at most', async () => {
    const opened = await accounts.signIn(' ADA@Example.COM ');
    expect(Buffer.from(opened.token, 'base64url')).toHaveLength(32);
    expect(opened.expiresAt.getTime() - Date.now()).toBeLessThanOrEqual(7 * DAY_MS);
    await expect(withCookie(opened.token)).resolves.toMatchObject({ type: 'person', userId: admin.userId });
  });

  it('says the same of an unknown e-mail address and a wrong password', async () => {
    const unknown = await accounts.signIn('nobody@example.com').catch((error: unknown) => error);
    const wrong = await accounts.signIn('ada@example.com', 'wrong password').catch((error: unknown) => error);
    expect(unknown).toMatchObject({ code: 'INVALID_CREDENTIALS' });
    expect(String(unknown)).toBe(String(wrong));
  });

  it('throttles wrong passwords and logs them without the address or the password that was typed', async () => {
    for (let attempt = 0; attempt < 10; attempt += 1) {
      await expect(accounts.signIn('nobody@example.com', 'my typed password')).rejects.toMatchObject({
        code: 'INVALID_CREDENTIALS',
      });
    }
    const refused = accounts.signIn('nobody@example.com', 'my typed password');
    await expect(refused).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      details: { retryAfterMs: expect.any(Number) },
    });
    const log = accounts.logLines.join('');
    expect(log).toContain('wrong password');
    expect(log).toContain('too many wrong passwords');
    expect(log).not.toMatch(/nobody@|my typed/);
  });

  it('throttles wrong passwords of a session that may be in other hands', async () => {
    for (let attempt = 0; attempt < 10; attempt += 1) {
      await expect(accounts.sessions.reauthenticate(admin, 'wrong password')).rejects.toMatchObject({
        code: 'INVALID_CREDENTIALS',
      });
    }
    await expect(accounts.sessions.changePassword(admin, PASSWORD, 'another long password')).rejects.toMatchObject({
      code: 'RATE_LIMITED',
    });
  });

  it('knows a device by what a sign-in gave it, whatever others tried for the account and from its address', async () => {
    const elsewhere = { ...CLIENT, ip: '198.51.100.9' };
    const input = { email: 'ada@example.com', password: PASSWORD };
    const { deviceNotes } = await accounts.signIn(input.email);
    for (let attempt = 0; attempt < 50; attempt += 1) {
      const email = attempt < 10 ? input.email : `nobody-${String(attempt)}@example.com`;
      await expect(
        accounts.sessions.signIn(NOBODY, { email, password: 'wrong password' }, elsewhere),
      ).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
    }
    const other = { ...elsewhere, ip: '198.51.100.10' };
    for (const client of [elsewhere, other]) {
      await expect(accounts.sessions.signIn(NOBODY, input, client)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
      await expect(accounts.sessions.signIn(NOBODY, input, { ...client, deviceNotes })).resolves.toBeDefined();
    }
    expect(accounts.logLines.join('')).toContain('too many wrong passwords from one address');
    const changed = await accounts.sessions.changePassword(admin, PASSWORD, 'another long password', deviceNotes);
    expect(accounts.devices.deviceOf(await accounts.database.read.findOneBy(User, {}), deviceNotes)).toBeNull();
    expect(accounts.devices.deviceOf(await accounts.database.read.findOneBy(User, {}), changed)).not.toBeNull();
  });

  it('puts no failed sign-in into the audit log', async () => {
    const before = await accounts.database.read.count(AuditEntry);
    await expect(accounts.signIn('ada@example.com', 'wrong password')).rejects.toThrow();
    expect(await accounts.database.read.count(AuditEntry)).toBe(before);
  });

  it('opens a new session at sign-in and ends the one the browser had', async () => {
    const first = await accounts.signIn('ada@example.com');
    const second = await accounts.sessions.signIn(
      first.actor,
      { email: 'ada@example.com', password: PASSWORD },
      CLIENT,
    );
    expect(second.actor.sessionId).not.toBe(first.actor.sessionId);
    await expect(withCookie(first.token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(withCookie(second.token)).resolves.toMatchObject({ type: 'person' });
  });

  it('signs out at once', async () => {
    const { token, actor } = await accounts.signIn('ada@example.com');
    await withCookie(token);
    await accounts.sessions.signOut(actor);
    await expect(withCookie(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(accounts.sessions.signOut(NOBODY)).resolves.toBeUndefined();
  });

  it('lists one’s own sessions and revokes only those', async () => {
    await accounts.users.create(admin, { name: 'Bo', email: 'bo@example.com', password: PASSWORD, role: 'MEMBER' });
    const bo = await accounts.signIn('bo@example.com');
    const other = await accounts.signIn('bo@example.com');
    const listed = await accounts.sessions.list(bo.actor);
    expect(listed.map(({ id, current }) => [id, current]).sort()).toEqual(
      [
        [bo.actor.sessionId, true],
        [other.actor.sessionId, false],
      ].sort(),
    );
    await expect(accounts.sessions.revoke(bo.actor, admin.sessionId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await accounts.sessions.revoke(bo.actor, other.actor.sessionId);
    await expect(withCookie(other.token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('renews the secret at reauthentication: the old one is void at once, sockets of the session stay', async () => {
    const { token, actor } = await accounts.signIn('ada@example.com');
    await withCookie(token);
    const ended: string[] = [];
    new CredentialWatch(accounts.database, accounts.revocations).watch(actor, () => ended.push(actor.sessionId));
    const renewed = await accounts.sessions.reauthenticate({ ...actor, authenticatedAt: new Date(0) }, PASSWORD);
    expect(renewed.validUntil.getTime()).toBeGreaterThan(Date.now());
    await expect(withCookie(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    const again = (await withCookie(renewed.token)) as PersonActor;
    expect(again.sessionId).toBe(actor.sessionId);
    expect(again.authenticatedAt.getTime()).toBeGreaterThan(Date.now() - 60_000);
    expect(ended).toEqual([]);
  });

  it('wants a password to reauthenticate', async () => {
    await expect(accounts.sessions.reauthenticate(admin, null)).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      details: { field: 'password' },
    });
  });

  it('ends the other sessions when the password is changed, and says so', async () => {
    const mine = await accounts.signIn('ada@example.com');
    const other = await accounts.signIn('ada@example.com');
    await withCookie(other.token);
    const heard: Revocation[] = [];
    accounts.revocations.subscribe((revocation) => heard.push(revocation));
    await accounts.sessions.changePassword(mine.actor, PASSWORD, 'another long password');
    await expect(withCookie(other.token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(withCookie(mine.token)).resolves.toMatchObject({ type: 'person' });
    expect(heard).toContainEqual({ what: 'SESSION', id: other.actor.sessionId, ended: true });
    await expect(accounts.signIn('ada@example.com')).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
    await expect(accounts.signIn('ada@example.com', 'another long password')).resolves.toBeDefined();
  });

  it('opens no session with a password that is changed while it is checked', async () => {
    const { actor } = await accounts.signIn('ada@example.com');
    const [changed, late] = await Promise.allSettled([
      accounts.sessions.changePassword(actor, PASSWORD, 'another long password'),
      ...Array.from({ length: 1 }, () => accounts.signIn('ada@example.com')),
    ]);
    expect(changed.status).toBe('fulfilled');
    const sessions = await accounts.sessions.list(actor);
    const survived =
      late?.status === 'fulfilled' ? sessions.some(({ id }) => id === late.value.actor.sessionId) : false;
    expect(survived).toBe(false);
  });

  it('keeps at most 50 sessions of a person and forgets those that are over', async () => {
    for (let count = 0; count < 53; count += 1) await accounts.signIn('ada@example.com');
    expect(await sessionCount()).toBe(50);
    await accounts.database.write(({ manager }) =>
      manager.update(Session, { userId: admin.userId }, { expiresAt: new Date(Date.now() - 1_000) }),
    );
    await expect(accounts.sessions.removeExpired()).resolves.toBe(50);
  });

  it('records sessions by id, never by secret', async () => {
    const { token, actor } = await accounts.signIn('ada@example.com');
    await accounts.sessions.signOut(actor);
    const entries = await accounts.database.read.find(AuditEntry, {
      where: { targetId: actor.sessionId },
      order: { seq: 'ASC' },
    });
    expect(entries.map(({ action, actorId }) => [action, actorId])).toEqual([
      ['session.created', admin.userId],
      ['session.revoked', admin.userId],
    ]);
    expect(JSON.stringify(entries)).not.toContain(token);
  });
});
