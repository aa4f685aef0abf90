import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { silentLogger } from '../../test/support/accounts.js';
import { openTestDatabase, type TestDatabase } from '../../test/support/database.js';
import { generateMasterKey, SecretBox } from '../secrets/secret-box.js';
import { AuditEntry } from './audit-entry.entity.js';
import { AuditService } from './audit.service.js';
import { LedgerRow } from './ledger.entity.js';

const ACTOR = { id: 'ada', label: 'Ada', ip: null, requestId: null };

describe('AuditService', () => {
  let test: TestDatabase;
  let audit: AuditService;

  beforeEach(async () => {
    test = await openTestDatabase();
    audit = new AuditService(test.database, test.box, silentLogger());
  });
  afterEach(() => test.close());

  /** One write with these entries: `action` is all that differs. */
  const record = (...actions: string[]) =>
    test.database.write(async (write) => {
      for (const action of actions) {
        const target = { type: 'thing', id: action, label: action };
        write.audit({ action, actor: ACTOR, target, changes: [{ field: 'name', before: 'a', after: 'b' }] });
      }
    });
  const actions = async (filter = {}, first = 50, after: string | null = null) =>
    (await audit.list(filter, first, after)).map(({ action }) => action);
  /** What somebody with the database file could do. */
  const tamper = (sql: string) => test.database.write(({ manager }) => manager.query(sql));
  const entries = () => test.database.read.find(AuditEntry, { order: { seq: 'ASC' } });

  it.each(['nonsense', '', 'g'.repeat(64), '0'.repeat(63)])(
    'refuses %p, which is no hash, and says nothing of the log',
    async (hash) => {
      expect(() => audit.verify(hash)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }));
    },
  );

  it('verifies twice at once and no more, each reading the whole log; afterwards again', async () => {
    await record('thing.a');
    const running = [audit.verify(null), audit.verify(null)];
    expect(() => audit.verify(null)).toThrow(
      expect.objectContaining({ code: 'RATE_LIMITED', details: { retryAfterMs: 5_000 } }),
    );
    expect(await Promise.all(running)).toMatchObject([{ ok: true }, { ok: true }]);
    expect(await audit.verify(null)).toMatchObject({ ok: true });
    // One that fails makes room as well.
    const { database } = test;
    await database.close();
    for (let time = 0; time < 3; time += 1) await expect(audit.verify(null)).rejects.toThrow();
    test = await openTestDatabase();
  });

  it('lists newest first, page after page, while entries are added', async () => {
    await record('thing.a', 'thing.b', 'thing.c');
    const first = await audit.list({}, 2, null);
    expect(first.map(({ action }) => action)).toEqual(['thing.c', 'thing.b']);
    await record('thing.d');
    await expect(actions({}, 2, String(first[1]?.seq))).resolves.toEqual(['thing.a']);
  });

  it('lists what fits everything asked for', async () => {
    await record('thing.a', 'thing.b');
    const [, b] = await entries();
    await expect(actions({ action: 'thing.a' })).resolves.toEqual(['thing.a']);
    await expect(actions({ targetId: 'thing.b', actorId: 'ada' })).resolves.toEqual(['thing.b']);
    await expect(actions({ actorId: 'bo' })).resolves.toEqual([]);
    for (const empty of [{ actorId: '' }, { targetId: '' }, { action: '' }]) {
      await expect(actions(empty)).resolves.toEqual([]);
    }
    await expect(actions({ from: b?.at })).resolves.toEqual(['thing.b', 'thing.a']);
    await expect(actions({ to: b?.at })).resolves.toEqual([]);
  });

  it.each([501, -1, 1.5])('refuses first: %p', (first) => {
    expect(() => audit.list({}, first, null)).toThrow(
      expect.objectContaining({ code: 'BAD_USER_INPUT', details: expect.objectContaining({ field: 'first' }) }),
    );
  });

  it.each(['', 'x', '-1', '99999999999999999999'])('refuses after: %p', (after) => {
    expect(() => audit.list({}, 1, after)).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ field: 'after' }) }),
    );
  });

  it('finds nothing wrong with an untouched log, over several pages', async () => {
    await expect(audit.verify(null)).resolves.toEqual({
      ok: true,
      entries: 0,
      brokenAt: null,
      headId: null,
      headHash: null,
    });
    await record(...Array.from({ length: 1_001 }, (_, index) => `thing.${index}`));
    const last = (await entries()).at(-1);
    await expect(audit.verify(last?.hash ?? null)).resolves.toEqual({
      ok: true,
      entries: 1_001,
      brokenAt: null,
      headId: String(last?.seq),
      headHash: last?.hash,
    });
  });

  it.each([
    ['changed', (seq: number) => `UPDATE "audit_entry" SET "action" = 'thing.other' WHERE "seq" = ${seq}`, 0],
    [
      'changed inside its changes',
      (seq: number) => `UPDATE "audit_entry" SET "changes" = '[]' WHERE "seq" = ${seq}`,
      0,
    ],
    ['dropped', (seq: number) => `DELETE FROM "audit_entry" WHERE "seq" = ${seq}`, 1],
    ['moved', (seq: number) => `UPDATE "audit_entry" SET "seq" = ${seq} + 1000 WHERE "seq" = ${seq}`, 1],
  ])('finds an entry that was %s', async (_what, sql, offset) => {
    await record('thing.a', 'thing.b', 'thing.c');
    const [, second] = await entries();
    const seq = second?.seq ?? 0;
    await tamper(sql(seq));
    await expect(audit.verify(null)).resolves.toMatchObject({ ok: false, brokenAt: String(seq + offset) });
  });

  it('finds a cut tail by the ledger', async () => {
    await record('thing.a', 'thing.b', 'thing.c');
    const last = (await entries()).at(-1);
    await tamper(`DELETE FROM "audit_entry" WHERE "seq" = ${last?.seq}`);
    await expect(audit.verify(null)).resolves.toMatchObject({ ok: false, entries: 2, brokenAt: String(last?.seq) });
  });

  it('finds a tail that was cut together with the ledger by a hash noted before', async () => {
    await record('thing.a', 'thing.b');
    const [first, second] = await entries();
    await tamper(`DELETE FROM "audit_entry" WHERE "seq" = ${second?.seq}`);
    await test.database.write(({ manager }) =>
      manager.update(LedgerRow, { id: 1 }, { auditHead: first?.hash ?? '', auditSeq: first?.seq ?? 0 }),
    );
    await expect(audit.verify(null)).resolves.toMatchObject({ ok: true, entries: 1 });
    await expect(audit.verify(second?.hash ?? null)).resolves.toMatchObject({ ok: false });
    await expect(audit.verify(first?.hash ?? null)).resolves.toMatchObject({ ok: true });
  });

  it('reports entries whose master key is not here', async () => {
    await record('thing.a');
    const elsewhere = new AuditService(test.database, new SecretBox([generateMasterKey()]), silentLogger());
    const [first] = await entries();
    await expect(elsewhere.verify(null)).resolves.toMatchObject({
      ok: false,
      entries: 1,
      brokenAt: String(first?.seq),
    });
  });

  it('stays in order while entries are written', async () => {
    await record('thing.a');
    const [verification] = await Promise.all([audit.verify(null), record('thing.b'), record('thing.c')]);
    expect(verification.ok).toBe(true);
  });
});
