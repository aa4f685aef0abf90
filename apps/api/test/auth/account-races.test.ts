import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { AuditService } from '../../src/audit/audit.service.js';
import type { Actor, PersonActor } from '../../src/auth/actor.js';
import { findToken, toActor } from '../../src/auth/credentials/identity.js';
import { LastUse } from '../../src/auth/credentials/last-use.js';
import { Session } from '../../src/auth/sessions/session.entity.js';
import { ApiToken } from '../../src/auth/tokens/api-token.entity.js';
import { hashToken } from '../../src/auth/tokens/secret-token.js';
import { parseDatabaseUrl } from '../../src/config.js';
import { generateMasterKey } from '../../src/secrets/secret-box.js';
import { CLIENT, openAccounts, PASSWORD, setUpToken, silentLogger, type Accounts } from '../support/accounts.js';
import { describeOnEachDatabase, type DisposableDatabase } from '../support/postgres/postgres.js';

const TIMES = 5;
const NOTHING = { name: null, role: null, password: null };

/** The codes of those that were refused, and how many were not. */
async function outcomesOf(work: readonly Promise<unknown>[]): Promise<{ done: number; codes: string[] }> {
  const outcomes = await Promise.allSettled(work);
  const codes = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [String((outcome.reason as { code?: unknown }).code ?? outcome.reason)] : [],
  );
  return { done: outcomes.length - codes.length, codes };
}

describeOnEachDatabase('changes of accounts that two processes make at once', (kind) => {
  let stored: DisposableDatabase;
  let one: Accounts;
  let other: Accounts;

  beforeEach(async () => {
    stored = await kind.create();
    const settings = parseDatabaseUrl(stored.url);
    const masterKey = generateMasterKey();
    one = await openAccounts(null, { settings, masterKey });
    other = await openAccounts(null, { settings, masterKey });
  });
  afterEach(async () => {
    const { ok } = await new AuditService(one.database, one.box, silentLogger()).verify(null);
    await one.close();
    await other.close();
    await stored.drop();
    expect(ok).toBe(true);
  });

  const admins = async () => (await one.users.list()).filter(({ role }) => role === 'ADMIN');

  async function createAdmin(by: PersonActor, name: string): Promise<PersonActor> {
    const email = `${name}@example.com`;
    await one.users.create(by, { name, email, password: PASSWORD, role: 'ADMIN' });
    return (await one.signIn(email)).actor;
  }

  it('make one first administrator, whichever link is used', async () => {
    await one.setUp.begin('http://localhost:4000');
    await other.setUp.begin('http://localhost:4001');
    const complete = (accounts: Accounts, name: string) =>
      accounts.setUp.complete(
        { token: setUpToken(accounts.logLines), name, email: `${name}@example.com`, password: PASSWORD },
        CLIENT,
      );
    const { done, codes } = await outcomesOf([
      complete(one, 'ada'),
      complete(other, 'bo'),
      complete(one, 'cy'),
      complete(other, 'di'),
    ]);
    expect({ done, codes }).toEqual({ done: 1, codes: ['CONFLICT', 'CONFLICT', 'CONFLICT'] });
    expect(await one.users.list()).toHaveLength(1);
    expect(await one.database.read.count(Session)).toBe(1);
  });

  it('take one e-mail address once', async () => {
    const ada = await one.createAdmin();
    const person = { name: 'Bo', email: 'bo@example.com', password: PASSWORD, role: 'MEMBER' as const };
    const { done, codes } = await outcomesOf([
      one.users.create(ada, person),
      other.users.create(ada, { ...person, email: 'BO@example.com' }),
      other.users.create(ada, person),
    ]);
    expect({ done, codes }).toEqual({ done: 1, codes: ['CONFLICT', 'CONFLICT'] });
  });

  it('set one of two passwords, and leave the session of whoever set it', async () => {
    await one.createAdmin();
    let password = PASSWORD;
    for (let time = 0; time < TIMES; time += 1) {
      const [here, there] = [
        await one.signIn('ada@example.com', password),
        await other.signIn('ada@example.com', password),
      ];
      const next = [`${PASSWORD} here ${String(time)}`, `${PASSWORD} there ${String(time)}`] as const;
      const [first, second] = await Promise.allSettled([
        one.sessions.changePassword(here.actor, password, next[0]),
        other.sessions.changePassword(there.actor, password, next[1]),
      ]);
      const [winner, loser] = first.status === 'fulfilled' ? [0 as const, second] : [1 as const, first];
      expect([first.status, second.status].sort()).toEqual(['fulfilled', 'rejected']);
      expect(loser).toMatchObject({
        reason: { code: expect.stringMatching(/^(UNAUTHENTICATED|INVALID_CREDENTIALS)$/) },
      });
      const sessions = await one.database.read.find(Session);
      expect(sessions.map(({ id }) => id)).toEqual([[here, there][winner]?.actor.sessionId]);
      await expect(other.signIn('ada@example.com', password)).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
      password = next[winner];
    }
  });

  it('leave an administrator, however many are demoted and removed', async () => {
    const ada = await one.createAdmin();
    for (let time = 0; time < TIMES; time += 1) {
      const [me] = await admins();
      const by = time === 0 ? ada : (await one.signIn(me?.email ?? '')).actor;
      const [bo, cy] = [await createAdmin(by, `bo${String(time)}`), await createAdmin(by, `cy${String(time)}`)];
      const { done, codes } = await outcomesOf([
        one.users.update(by, bo.userId, { ...NOTHING, role: 'MEMBER' }),
        other.users.remove(bo, by.userId),
        other.users.update(cy, by.userId, { ...NOTHING, role: 'MEMBER' }),
        one.users.remove(bo, cy.userId),
        other.users.update(by, cy.userId, { ...NOTHING, role: 'MEMBER' }),
      ]);
      expect(await admins()).toHaveLength(1);
      expect(done).toBeGreaterThanOrEqual(2);
      // The last one stays, and who is gone already is not there to be changed.
      expect(codes.every((code) => code === 'CONFLICT' || code === 'NOT_FOUND')).toBe(true);
    }
  });

  it('end sessions from all sides without waiting for each other for ever', async () => {
    await one.createAdmin();
    for (let time = 0; time < 4 * TIMES; time += 1) {
      const opened = [];
      for (const accounts of [one, other, one, other, one])
        opened.push((await accounts.signIn('ada@example.com')).actor);
      const [a, b, c, d, e] = opened as [PersonActor, PersonActor, PersonActor, PersonActor, PersonActor];
      const { codes } = await outcomesOf([
        other.sessions.changePassword(a, PASSWORD, PASSWORD),
        one.sessions.signOut(b),
        one.sessions.signOut(c),
        other.sessions.revoke(d, c.sessionId),
        one.sessions.signOut(e),
      ]);
      // Nothing but what the others did meanwhile: no deadlock, which would be UNAVAILABLE.
      expect(codes.filter((code) => code !== 'NOT_FOUND')).toEqual([]);
    }
  });

  it('end sessions whose last use is being written down', async () => {
    await one.createAdmin();
    for (let time = 0; time < TIMES; time += 1) {
      const opened: string[] = [];
      for (let count = 0; count < 12; count += 1) opened.push((await one.signIn('ada@example.com')).actor.sessionId);
      const used = new LastUse(other.database, other.logger);
      const at = new Date(Date.now() + 1_000);
      for (const id of opened.reverse()) used.note('session', id, at);
      const { actor } = await one.signIn('ada@example.com');
      for (const id of opened) used.note('session', id, new Date(at.getTime() + 1_000));
      const { codes } = await outcomesOf([used.settled(), one.sessions.changePassword(actor, PASSWORD, PASSWORD)]);
      expect(codes).toEqual([]);
      expect(await one.database.read.count(Session)).toBe(1);
    }
    expect(other.logLines.filter((line) => line.includes('could not be written'))).toEqual([]);
  });

  it('leave no token behind whose maker was revoked', async () => {
    const ada = await one.createAdmin();
    for (let time = 0; time < TIMES; time += 1) {
      const parent = await one.tokens.create(ada, { name: 'parent', scopes: ['MODELS_READ', 'CHAT'] });
      const identity = await findToken(one.database, hashToken(parent.token));
      if (identity === null) throw new Error('the token is unknown');
      const actor: Actor = toActor(identity, CLIENT);
      const { codes } = await outcomesOf([
        one.tokens.create(actor, { name: 'child', scopes: ['CHAT'] }),
        other.tokens.revoke(ada, parent.apiToken.id),
        other.tokens.create(actor, { name: 'child', scopes: ['CHAT'] }),
      ]);
      expect(codes.filter((code) => code !== 'UNAUTHENTICATED')).toEqual([]);
      expect(await one.database.read.count(ApiToken)).toBe(0);
    }
  });
});
