import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { openAccounts, type Accounts } from '../../../test/support/accounts.js';
import { describeOnEachDatabase, type DisposableDatabase } from '../../../test/support/postgres/postgres.js';
import { parseDatabaseUrl } from '../../config.js';
import type { Actor, PersonActor } from '../actor.js';
import { SESSION_IDLE_MS, SESSION_MAX_MS } from '../sessions/session-times.js';
import { Session } from '../sessions/session.entity.js';
import { hashToken } from '../tokens/secret-token.js';
import { CredentialWatch } from './credential-watch.js';
import { findToken, toActor } from './identity.js';
import { Revocations } from './revocations.js';

const LATER = 60_000;

describeOnEachDatabase('the watch over credentials of what stays open', (kind) => {
  let stored: DisposableDatabase;
  let accounts: Accounts;
  let watch: CredentialWatch;
  let person: PersonActor;
  let ends: string[];

  beforeEach(async () => {
    stored = await kind.create();
    accounts = await openAccounts(null, { settings: parseDatabaseUrl(stored.url) });
    person = await accounts.createAdmin();
    watch = new CredentialWatch(accounts.database, accounts.revocations);
    ends = [];
  });
  afterEach(async () => {
    await accounts.close();
    await stored.drop();
  });

  const at = (ms: number) => watch.check(new Date(Date.now() + ms));
  const listen = (actor: Actor, name = 'it') => watch.watch(actor, (end) => ends.push(`${name} ${end}`));

  async function token(expiresAt: Date | null): Promise<Actor> {
    const created = await accounts.tokens.create(person, { name: 'tool', scopes: ['STATUS_READ'], expiresAt });
    const identity = await findToken(accounts.database, hashToken(created.token));
    if (identity === null) throw new Error('the token is unknown');
    return toActor(identity, person);
  }

  it('tells once when a session was idle too long, and not while it is used', async () => {
    listen(person);
    await at(SESSION_IDLE_MS - LATER);
    expect(ends).toEqual([]);
    const usedAt = new Date(Date.now() + SESSION_IDLE_MS - LATER);
    await accounts.database.write(({ manager }) =>
      manager.update(Session, { id: person.sessionId }, { lastUsedAt: usedAt }),
    );
    await at(SESSION_IDLE_MS + LATER);
    expect(ends).toEqual([]);
    await at(2 * SESSION_IDLE_MS);
    await at(3 * SESSION_IDLE_MS);
    expect(ends).toEqual(['it EXPIRED']);
  });

  it('tells when a session has lasted its 7 days, however much it is used', async () => {
    listen(person);
    const usedAt = new Date(Date.now() + SESSION_MAX_MS - LATER);
    await accounts.database.write(({ manager }) =>
      manager.update(Session, { id: person.sessionId }, { lastUsedAt: usedAt }),
    );
    await at(SESSION_MAX_MS - LATER);
    expect(ends).toEqual([]);
    await at(SESSION_MAX_MS + LATER);
    expect(ends).toEqual(['it EXPIRED']);
  });

  it('tells when a token expires, and never of one without an end', async () => {
    listen(await token(new Date(Date.now() + 2 * LATER)), 'short');
    listen(await token(null), 'endless');
    await at(LATER);
    expect(ends).toEqual([]);
    await at(3 * LATER);
    await at(365 * 24 * 3_600_000);
    expect(ends).toEqual(['short EXPIRED']);
  });

  it('tells of a revocation at once, and of one by another process with the next look', async () => {
    const [mine, theirs] = [await token(null), await token(null)];
    listen(mine, 'mine');
    listen(theirs, 'theirs');
    const elsewhere = new CredentialWatch(accounts.database, new Revocations(accounts.logger));
    elsewhere.watch(mine, (end) => ends.push(`elsewhere ${end}`));
    if (mine.type !== 'token') throw new Error('this is about a token');
    await accounts.tokens.revoke(person, mine.tokenId);
    expect(ends).toEqual(['mine REVOKED']);
    await elsewhere.check();
    await watch.check();
    expect(ends).toEqual(['mine REVOKED', 'elsewhere REVOKED']);
  });

  it('ends nothing while the database cannot say, and hears no more once told to stop', async () => {
    const stop = listen(person);
    await accounts.database.close();
    await expect(watch.check(new Date(Date.now() + 2 * SESSION_MAX_MS))).rejects.toThrow();
    stop();
    accounts.revocations.announce([{ what: 'SESSION', id: person.sessionId, ended: true }]);
    expect(ends).toEqual([]);
    accounts = await openAccounts(null, { settings: parseDatabaseUrl(stored.url) });
  });
});
