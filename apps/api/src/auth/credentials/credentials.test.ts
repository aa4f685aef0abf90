import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { openAccounts, CLIENT, type Accounts } from '../../../test/support/accounts.js';
import type { AppError } from '../../errors.js';
import type { Actor, PersonActor } from '../actor.js';
import { User } from '../people/user.entity.js';
import { Session } from '../sessions/session.entity.js';
import { ApiToken } from '../tokens/api-token.entity.js';
import { generateToken, hashToken } from '../tokens/secret-token.js';
import { Credentials } from './credentials.js';

const HOUR_MS = 3_600_000;

describe('Credentials', () => {
  let accounts: Accounts;
  let admin: PersonActor;

  beforeEach(async () => {
    accounts = await openAccounts();
    admin = await accounts.createAdmin();
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await accounts.close();
  });

  const withToken = (token: string, sessionToken?: string): Promise<Actor> =>
    accounts.credentials.authenticate({ authorization: `Bearer ${token}`, sessionToken }, CLIENT);
  const withCookie = (sessionToken: string): Promise<Actor> =>
    accounts.credentials.authenticate({ authorization: undefined, sessionToken }, CLIENT);
  const createToken = async (actor: Actor = admin) =>
    accounts.tokens.create(actor, { name: 'script', scopes: ['MODELS_READ', 'CHAT'] });
  /** Moves the clock; the database and its promises go on as they are. */
  const passTime = (ms: number): void => {
    jest.spyOn(Date, 'now').mockReturnValue(Date.now() + ms);
    jest.spyOn(performance, 'now').mockReturnValue(performance.now() + ms);
  };

  it('knows nobody where nothing is presented', async () => {
    const actor = await accounts.credentials.authenticate(
      { authorization: undefined, sessionToken: undefined },
      CLIENT,
    );
    expect(actor).toMatchObject({ type: 'anonymous', ip: CLIENT.ip, requestId: CLIENT.requestId });
  });

  it('knows the owner of a token, with no more than its scopes', async () => {
    const { token } = await createToken();
    const actor = await withToken(token);
    expect(actor).toMatchObject({ type: 'token', userId: admin.userId });
    expect([...actor.scopes]).toEqual(['MODELS_READ', 'CHAT']);
  });

  it.each(['Bearer ilm_unknown', 'Bearer sk-foreign', 'Basic YTpi', 'Bearer', '', `Bearer ilm_${'x'.repeat(10_000)}`])(
    'never falls back from the Authorization header %p to a valid cookie',
    async (authorization) => {
      const { token } = await accounts.signIn('ada@example.com');
      const attempt = accounts.credentials.authenticate({ authorization, sessionToken: token }, CLIENT);
      await expect(attempt).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    },
  );

  it('prefers a valid Authorization header to a valid cookie', async () => {
    const { token: cookie } = await accounts.signIn('ada@example.com');
    const { token } = await createToken();
    await expect(withToken(token, cookie)).resolves.toMatchObject({ type: 'token' });
  });

  it('takes no API token as a cookie and no session as a token', async () => {
    const { token } = await createToken();
    await expect(withCookie(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    const { token: cookie } = await accounts.signIn('ada@example.com');
    await expect(withToken(cookie)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('tells the tokens apart that come by one connection, and forgets none of their ends', async () => {
    const socket = {};
    const by = (token: string) =>
      accounts.credentials.authenticate({ authorization: `Bearer ${token}`, sessionToken: undefined, socket }, CLIENT);
    const [first, second] = [await createToken(), await createToken()];
    const idOf = (actor: Actor) => (actor.type === 'token' ? actor.tokenId : null);
    const seen = [];
    for (const { token } of [first, first, second, first]) seen.push(idOf(await by(token)));
    expect(seen).toEqual([first, first, second, first].map(({ apiToken }) => apiToken.id));
    await accounts.tokens.revoke(admin, first.apiToken.id);
    await expect(by(first.token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(idOf(await by(second.token))).toBe(second.apiToken.id);
  });

  it('asks the database once for a token that is used again and again, and once for one that is unknown', async () => {
    const { token } = await createToken();
    const find = jest.spyOn(accounts.database.read, 'findOneBy');
    await Promise.all(Array.from({ length: 20 }, () => withToken(token)));
    await withToken(token);
    expect(find.mock.calls.filter(([entity]) => entity === ApiToken)).toHaveLength(1);
    find.mockClear();
    const attempts = Array.from({ length: 20 }, () => withToken('ilm_unknown'));
    await Promise.allSettled(attempts);
    await expect(withToken('ilm_unknown')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(find).toHaveBeenCalledTimes(1);
  });

  it('asks the database a bounded number of times for a flood of tokens and sessions that nobody has', async () => {
    const { token } = await createToken();
    const { token: cookie } = await accounts.signIn('ada@example.com');
    await Promise.all([withToken(token), withCookie(cookie)]);
    const find = jest.spyOn(accounts.database.read, 'findOneBy');
    const begun = performance.now();
    const flood = await Promise.allSettled(
      Array.from({ length: 5_000 }, (_, index) =>
        index % 2 === 0 ? withToken(generateToken('ilm_')) : withCookie(generateToken()),
      ),
    );
    const codes = flood.map((one) => (one.status === 'rejected' ? (one.reason as AppError).code : 'fulfilled'));
    const allowed = 200 + (10 * (performance.now() - begun)) / 1_000;
    expect(new Set(codes)).toEqual(new Set(['UNAUTHENTICATED', 'RATE_LIMITED']));
    expect(find.mock.calls.length).toBeGreaterThan(100);
    expect(find.mock.calls.length).toBeLessThanOrEqual(allowed);
    // Who was here before is looked up all the same, after 5 seconds and after the time that a database may be away.
    for (const ms of [6_000, 11 * 60_000]) {
      passTime(ms);
      await Promise.allSettled(Array.from({ length: 2_500 }, () => withToken(generateToken('ilm_'))));
      find.mockClear();
      await expect(withToken(token)).resolves.toMatchObject({ type: 'token' });
      await expect(withCookie(cookie)).resolves.toMatchObject({ type: 'person' });
      expect(find.mock.calls.length).toBeGreaterThanOrEqual(4);
    }
  });

  it('gives back what valid credentials cost that nobody here has seen', async () => {
    const made = [];
    for (let count = 0; count < 15; count += 1) made.push(await createToken());
    const fresh = new Credentials(accounts.database, accounts.revocations, accounts.logger, {
      ofAddress: { burst: 1, perSecond: 0.001 },
    });
    const by = (token: string) =>
      fresh.authenticate({ authorization: `Bearer ${token}`, sessionToken: undefined }, CLIENT);
    for (const { token } of made) await expect(by(token)).resolves.toMatchObject({ type: 'token' });
    await expect(by('ilm_unknown')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(by('ilm_other')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    // What is known to be nobody's needs no look-up.
    await expect(by('ilm_unknown')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await fresh.close();
  });

  it('stops a revoked token at once', async () => {
    const { token, apiToken } = await createToken();
    await withToken(token);
    await accounts.tokens.revoke(admin, apiToken.id);
    await expect(withToken(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('does not remember what it read before a revocation that was committed meanwhile', async () => {
    const { token, apiToken } = await createToken();
    const found = await accounts.database.read.findOneBy(ApiToken, { id: apiToken.id });
    const find = jest.spyOn(accounts.database.read, 'findOneBy');
    find.mockImplementationOnce(async () => {
      await accounts.tokens.revoke(admin, apiToken.id);
      return found;
    });
    await expect(withToken(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('notices a revocation by another process within 5 seconds', async () => {
    const { token, apiToken } = await createToken();
    await withToken(token);
    await accounts.database.write(({ manager }) => manager.delete(ApiToken, { id: apiToken.id }));
    await expect(withToken(token)).resolves.toMatchObject({ type: 'token' });
    passTime(5_000);
    await expect(withToken(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('stops a removed person’s token and session at once', async () => {
    const member = await accounts.users.create(admin, {
      name: 'Bo',
      email: 'bo@example.com',
      password: 'a long password',
      role: 'MEMBER',
    });
    const { token: cookie, actor } = await accounts.signIn('bo@example.com', 'a long password');
    const { token } = await createToken(actor);
    await withToken(token);
    await withCookie(cookie);
    await accounts.users.remove(admin, member.id);
    await expect(withToken(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(withCookie(cookie)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('gives a promoted person the new scopes at once', async () => {
    const member = await accounts.users.create(admin, {
      name: 'Bo',
      email: 'bo@example.com',
      password: 'a long password',
      role: 'MEMBER',
    });
    const { token: cookie } = await accounts.signIn('bo@example.com', 'a long password');
    expect((await withCookie(cookie)).scopes.has('CONNECTIONS_WRITE')).toBe(false);
    await accounts.users.update(admin, member.id, { name: null, role: 'ADMIN', password: null });
    expect((await withCookie(cookie)).scopes.has('CONNECTIONS_WRITE')).toBe(true);
  });

  it('stops a token when it expires, remembered or not', async () => {
    const expiresAt = new Date(Date.now() + HOUR_MS);
    const { token, apiToken } = await accounts.tokens.create(admin, { name: 'short', scopes: ['CHAT'], expiresAt });
    await withToken(token);
    await accounts.database.write(({ manager }) =>
      manager.update(ApiToken, { id: apiToken.id }, { expiresAt: new Date() }),
    );
    passTime(5_000);
    await expect(withToken(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it.each([
    ['12 idle hours', { lastUsedAt: new Date(Date.now() - 12 * HOUR_MS) }],
    ['7 days, however much it is used', { expiresAt: new Date(Date.now() - 1) }],
  ])('ends a session after %s', async (_when, change) => {
    const { token, actor } = await accounts.signIn('ada@example.com');
    await accounts.database.write(({ manager }) => manager.update(Session, { id: actor.sessionId }, change));
    await expect(withCookie(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('writes the last use of a session once a minute at most', async () => {
    const { token, actor } = await accounts.signIn('ada@example.com');
    const lastUse = async () => (await accounts.database.read.findOneBy(Session, { id: actor.sessionId }))?.lastUsedAt;
    const longAgo = new Date(Date.now() - 61_000);
    await accounts.database.write(({ manager }) =>
      manager.update(Session, { id: actor.sessionId }, { lastUsedAt: longAgo }),
    );
    const write = jest.spyOn(accounts.database, 'write');
    await withCookie(token);
    await withCookie(token);
    await accounts.credentials.close();
    expect(write).toHaveBeenCalledTimes(1);
    expect((await lastUse())?.getTime()).toBeGreaterThan(longAgo.getTime());
  });

  it('answers UNAVAILABLE, never UNAUTHENTICATED, when the database cannot say', async () => {
    const { token } = await createToken();
    const trouble = Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_READ' });
    const find = jest.spyOn(accounts.database.read, 'findOneBy').mockRejectedValue(trouble);
    await expect(withToken(token)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(withToken('ilm_unknown')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    find.mockRestore();
    await expect(withToken(token)).resolves.toMatchObject({ type: 'token' });
  });

  it('stores neither tokens nor cookies, only their hashes', async () => {
    const { token } = await createToken();
    const { token: cookie } = await accounts.signIn('ada@example.com');
    const rows = [
      ...(await accounts.database.read.find(ApiToken)),
      ...(await accounts.database.read.find(Session)),
      ...(await accounts.database.read.find(User)),
    ];
    const stored = JSON.stringify(rows);
    expect(stored).toContain(hashToken(token));
    expect(stored).toContain(hashToken(cookie));
    expect(stored).not.toContain(token);
    expect(stored).not.toContain(cookie);
  });

  it('forgets nothing valid under a flood of guesses', async () => {
    const { token } = await createToken();
    passTime(0);
    await withToken(token);
    await Promise.allSettled(Array.from({ length: 500 }, (_, index) => withToken(`ilm_guess${index}`)));
    const find = jest.spyOn(accounts.database.read, 'findOneBy');
    await withToken(token);
    expect(find).not.toHaveBeenCalled();
  });

  it.each([-2 * HOUR_MS, 2 * HOUR_MS])(
    'sees a revocation of another process when the clock is set by %p ms',
    async (ms) => {
      const { token, apiToken } = await createToken();
      await withToken(token);
      jest.spyOn(Date, 'now').mockReturnValue(Date.now() + ms);
      await withToken(token);
      await accounts.database.write(({ manager }) => manager.delete(ApiToken, { id: apiToken.id }));
      jest.spyOn(performance, 'now').mockReturnValue(performance.now() + 5_000);
      await expect(withToken(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    },
  );

  describe('while the database does not answer', () => {
    const GRACE_MS = 10 * 60_000;
    const silent = () => new Promise<never>(() => undefined);
    const away = () => Promise.reject(Object.assign(new Error('gone'), { code: 'ECONNREFUSED' }));
    const databaseIs = (answer: () => Promise<never>) =>
      jest.spyOn(accounts.database.read, 'findOneBy').mockImplementation(answer);

    it.each([
      ['says nothing', silent],
      ['is away', away],
    ])('(it %s) lets a known token go on for 10 minutes, without waiting twice', async (_, answer) => {
      const { token } = await createToken();
      await withToken(token);
      const find = databaseIs(answer);
      passTime(5_001);
      await expect(withToken(token)).resolves.toMatchObject({ type: 'token' });
      expect(find).toHaveBeenCalledTimes(1);
      // Known from a moment ago again: nobody asks.
      await expect(withToken(token)).resolves.toMatchObject({ type: 'token' });
      expect(find).toHaveBeenCalledTimes(1);
      passTime(GRACE_MS - 10_000);
      await expect(withToken(token)).resolves.toMatchObject({ type: 'token' });
    });

    it('lets nobody go on for longer, nor anybody who is not known', async () => {
      const { token } = await createToken();
      const { token: unknown } = await createToken();
      await withToken(token);
      databaseIs(away);
      await expect(withToken(unknown)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      passTime(5_001);
      await withToken(token);
      passTime(GRACE_MS);
      await expect(withToken(token)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    });

    it('hears of a revocation of its own process at once, and of another one when the database is back', async () => {
      const [mine, other] = [await createToken(), await createToken()];
      for (const { token } of [mine, other]) await withToken(token);
      const find = databaseIs(away);
      passTime(5_001);
      for (const { token } of [mine, other]) await withToken(token);
      accounts.revocations.announce([{ what: 'TOKEN', id: mine.apiToken.id, ended: true }]);
      await expect(withToken(mine.token)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      await accounts.database.write(({ manager }) => manager.delete(ApiToken, { id: other.apiToken.id }));
      find.mockRestore();
      // The one that finds out that it is back may be let go on; the next is not.
      passTime(5_001);
      await withToken(other.token).catch(() => undefined);
      await expect(withToken(other.token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    });
  });

  it('lets a closed instance hear no revocations', async () => {
    const other = new Credentials(accounts.database, accounts.revocations, accounts.logger);
    const { token, apiToken } = await createToken();
    await other.authenticate({ authorization: `Bearer ${token}`, sessionToken: undefined }, CLIENT);
    await other.close();
    await accounts.tokens.revoke(admin, apiToken.id);
    await expect(
      other.authenticate({ authorization: `Bearer ${token}`, sessionToken: undefined }, CLIENT),
    ).resolves.toBeDefined();
  });
});
