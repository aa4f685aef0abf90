import type { EntityManager } from 'typeorm';
import type { Ledger, Recorded } from '../database/write.js';
import { toRow } from '../events/event-row.js';
import { Event } from '../events/event.entity.js';
import { inChunks } from '../lib/chunks.js';
import type { SecretBox } from '../secrets/secret-box.js';
import { AuditEntry } from './audit-entry.entity.js';
import { entryHash } from './chain.js';
import { LedgerRow } from './ledger.entity.js';

/** Rows of one INSERT: SQLite allows a limited number of variables. */

/**
 * Numbers and chains what a write recorded. Taking the ledger row's lock is the last step of a write, so the order of
 * numbers is the order of commits on both databases, and nothing else waits for it for long.
 */
export class ChainedLedger implements Ledger {
  constructor(private readonly box: SecretBox) {}

  async append(manager: EntityManager, recorded: Recorded): Promise<number | null> {
    const count = recorded.audit.length + recorded.events.length;
    await manager.query(`UPDATE "ledger" SET "seq" = "seq" + ${count}`);
    const ledger = await manager.findOneByOrFail(LedgerRow, { id: 1 });
    const at = new Date();
    let seq = ledger.seq - count;
    let head = ledger.auditHead;
    let auditSeq = ledger.auditSeq;
    const entries = recorded.audit.map((entry) => {
      const row: Omit<AuditEntry, 'hash'> = {
        seq: ++seq,
        at,
        actor: entry.actor.label,
        actorId: entry.actor.id,
        action: entry.action,
        target: entry.target?.label ?? null,
        targetType: entry.target?.type ?? null,
        targetId: entry.target?.id ?? null,
        changes: entry.changes,
        ip: entry.actor.ip,
        requestId: entry.actor.requestId,
        keyId: this.box.keyId,
        previousHash: head,
      };
      const hash = entryHash(this.box, row);
      if (hash === null) throw new Error('the sealing key cannot make the audit chain');
      head = hash;
      auditSeq = row.seq;
      return { ...row, hash };
    });
    const events = recorded.events.map((event) => ({ seq: ++seq, at, ...toRow(event) }));
    await insertInChunks(manager, AuditEntry, entries);
    await insertInChunks(manager, Event, events);
    if (entries.length > 0) await manager.update(LedgerRow, { id: 1 }, { auditHead: head, auditSeq });
    return events.at(-1)?.seq ?? null;
  }
}

async function insertInChunks<T extends AuditEntry | Event>(
  manager: EntityManager,
  entity: new () => T,
  rows: readonly T[],
): Promise<void> {
  for (const some of inChunks(rows)) await manager.insert(entity, some as never);
}
