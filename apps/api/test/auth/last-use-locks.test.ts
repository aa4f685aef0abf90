import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { LastUse } from '../../src/auth/credentials/last-use.js';
import { lockAccounts } from '../../src/auth/people/account-lock.js';
import { Session } from '../../src/auth/sessions/session.entity.js';
import { parseDatabaseUrl } from '../../src/config.js';
import { generateMasterKey } from '../../src/secrets/secret-box.js';
import { openAccounts, type Accounts } from '../support/accounts.js';
import { describeOnEachDatabase, type DisposableDatabase } from '../support/postgres/postgres.js';

describeOnEachDatabase('the last use of credentials', (kind) => {
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
    await one.close();
    await other.close();
    await stored.drop();
  });

  const lastUsed = async (id: string) =>
    (await one.database.read.findOne(Session, { where: { id } }))?.lastUsedAt.getTime();

  it('is written down together, the latest of each, when the write that is under way has ended', async () => {
    await one.createAdmin();
    const ids = [
      (await one.signIn('ada@example.com')).actor.sessionId,
      (await one.signIn('ada@example.com')).actor.sessionId,
    ];
    const used = new LastUse(one.database, one.logger);
    const at = Date.now() + 1_000;
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    let write: Promise<void> = Promise.resolve();
    await new Promise<void>((begun) => {
      write = one.database.write(() => {
        begun();
        return ended;
      });
    });
    for (const later of [0, 500]) for (const id of ids) used.note('session', id, new Date(at + later));
    end();
    await write;
    await used.settled();
    expect(await Promise.all(ids.map(lastUsed))).toEqual([at + 500, at + 500]);
  });

  // SQLite has one writer: there every write waits for every other.
  if (kind.name === 'postgres')
    it('is written down while another process holds the lock of the accounts, or the rows themselves', async () => {
      await one.createAdmin();
      const [free, held] = [
        (await one.signIn('ada@example.com')).actor.sessionId,
        (await one.signIn('ada@example.com')).actor.sessionId,
      ];
      const heldBefore = await lastUsed(held);
      const at = new Date(Date.now() + 1_000);
      const used = new LastUse(other.database, other.logger);
      await one.database.write(async (write) => {
        await lockAccounts(write);
        await write.manager.query('SELECT id FROM "session" WHERE id = $1 FOR UPDATE', [held]);
        for (const id of [held, free]) used.note('session', id, at);
        // One that waited for either would wait for this write, which waits for it.
        await used.settled();
      });
      expect(await lastUsed(free)).toBe(at.getTime());
      // A row that somebody has is passed over: it is noted again with the next use.
      expect(await lastUsed(held)).toBe(heldBefore);
      expect(other.logLines.filter((line) => line.includes('could not be written'))).toEqual([]);
    });
});
