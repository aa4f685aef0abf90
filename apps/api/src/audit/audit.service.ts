import { setImmediate as nextTurn } from 'node:timers/promises';
import { instant } from '../database/columns.js';
import type { Database } from '../database/database.js';
import { AppError, badInput } from '../errors.js';
import type { Logger } from '../log/logger.js';
import type { SecretBox } from '../secrets/secret-box.js';
import { AuditEntry } from './audit-entry.entity.js';
import { CHAIN_START, entryHash } from './chain.js';
import { LedgerRow } from './ledger.entity.js';

/** Which entries to list: those that fit everything given; `from` is included, `to` is not. */
export interface AuditEntryFilter {
  readonly action?: string | null;
  readonly actorId?: string | null;
  readonly targetId?: string | null;
  readonly from?: Date | null;
  readonly to?: Date | null;
}

export interface Verification {
  readonly ok: boolean;
  /** How many were read, up to the first wrong one. */
  readonly entries: number;
  readonly brokenAt: string | null;
  readonly headId: string | null;
  readonly headHash: string | null;
}

export const MAX_LISTED = 500;
const PAGE = 100;
/** Verifications at once: each reads the whole log. */
const MAX_VERIFYING = 2;

/** Reading the audit log. Writing it is a part of the writes themselves. */
export class AuditService {
  #verifying = 0;

  constructor(
    private readonly database: Database,
    private readonly box: SecretBox,
    private readonly logger: Logger,
  ) {}

  /**
   * Newest first, at most 500. `after` is the id of the last entry seen. Throws BAD_USER_INPUT naming first or after.
   */
  list(filter: AuditEntryFilter, first: number, after: string | null): Promise<AuditEntry[]> {
    if (!Number.isInteger(first) || first < 0 || first > MAX_LISTED) {
      throw badInput([{ field: 'first', message: `Ask for 0 to ${MAX_LISTED} entries.` }]);
    }
    const query = this.database.read.createQueryBuilder(AuditEntry, 'entry').orderBy('entry.seq', 'DESC').limit(first);
    if (after !== null) query.andWhere('entry.seq < :after', { after: parseId(after) });
    if (filter.action != null) query.andWhere('entry.action = :action', { action: filter.action });
    if (filter.actorId != null) query.andWhere('entry.actorId = :actorId', { actorId: filter.actorId });
    if (filter.targetId != null) query.andWhere('entry.targetId = :targetId', { targetId: filter.targetId });
    if (filter.from != null) query.andWhere('entry.at >= :from', { from: instant(filter.from) });
    if (filter.to != null) query.andWhere('entry.at < :to', { to: instant(filter.to) });
    return first === 0 ? Promise.resolve([]) : query.getMany();
  }

  /** The last entry that was written; nulls before the first. */
  async head(): Promise<{ headId: string | null; headHash: string | null }> {
    const ledger = await this.database.read.findOne(LedgerRow, { where: { id: 1 } });
    if (ledger === null || ledger.auditSeq === 0) return { headId: null, headHash: null };
    return { headId: String(ledger.auditSeq), headHash: ledger.auditHead };
  }

  /**
   * Reads the whole log as it stands now, a page at a time, and stops at the first entry that was changed, moved,
   * dropped or made under a key that is not here. An expected head hash, noted elsewhere before, has to be one of the
   * entries': that shows a tail that was cut together with the ledger. Reasons stand in the log of the server.
   */
  verify(expectedHeadHash: string | null): Promise<Verification> {
    if (expectedHeadHash !== null && !/^[0-9a-f]{64}$/i.test(expectedHeadHash)) {
      const message = 'A hash has 64 hexadecimal digits, as headHash and the log of the server tell it.';
      throw badInput([{ field: 'expectedHeadHash', message }]);
    }
    if (this.#verifying >= MAX_VERIFYING) {
      const message = 'The audit log is being verified already. Ask again when that is done.';
      throw new AppError('RATE_LIMITED', message, { retryAfterMs: 5_000 });
    }
    this.#verifying += 1;
    return this.#verify(expectedHeadHash?.toLowerCase() ?? null).finally(() => {
      this.#verifying -= 1;
    });
  }

  async #verify(expectedHeadHash: string | null): Promise<Verification> {
    const head = await this.head();
    const last = head.headId === null ? 0 : Number(head.headId);
    let entries = 0;
    let previousHash = CHAIN_START;
    let reached = 0;
    let isExpectedFound = expectedHeadHash === null;
    for (;;) {
      const page = await this.#page(reached, last);
      for (const entry of page) {
        entries += 1;
        const reason = this.#whatIsWrong(entry, previousHash);
        if (reason !== null) return this.#broken(entries, String(entry.seq), head, reason);
        previousHash = entry.hash;
        reached = entry.seq;
        if (entry.hash === expectedHeadHash) isExpectedFound = true;
      }
      if (page.length < PAGE) break;
      await nextTurn();
    }
    if (reached !== last || (head.headHash !== null && previousHash !== head.headHash)) {
      return this.#broken(entries, head.headId, head, 'the last entries are missing');
    }
    if (await this.#hasEntriesAfter(last))
      return this.#broken(entries, null, head, 'entries stand behind the last one');
    if (!isExpectedFound) {
      // It may be a hash of nothing: whoever reads the log must not take a wrong question for a changed log.
      this.logger.warn(
        { ...head },
        'a hash that was asked for is in no entry of the audit log, which is whole otherwise',
      );
      return { ok: false, entries, brokenAt: null, ...head };
    }
    return { ok: true, entries, brokenAt: null, ...head };
  }

  #page(after: number, last: number): Promise<AuditEntry[]> {
    return this.database.read
      .createQueryBuilder(AuditEntry, 'entry')
      .where('entry.seq > :after AND entry.seq <= :last', { after, last })
      .orderBy('entry.seq', 'ASC')
      .limit(PAGE)
      .getMany();
  }

  /**
   * Entries that a write under way adds are numbered after the head of now: only what the ledger does not know counts.
   */
  async #hasEntriesAfter(last: number): Promise<boolean> {
    const [entry] = await this.#page(last, Number.MAX_SAFE_INTEGER);
    if (entry === undefined) return false;
    const { headId } = await this.head();
    return headId === null || Number(headId) < entry.seq;
  }

  #whatIsWrong(entry: AuditEntry, previousHash: string): string | null {
    if (entry.previousHash !== previousHash) return 'the entry before it is missing or was changed';
    const hash = entryHash(this.box, entry);
    if (hash === null) return 'it was made under a master key that this server lacks';
    return hash === entry.hash ? null : 'it was changed';
  }

  #broken(
    entries: number,
    brokenAt: string | null,
    head: { headId: string | null; headHash: string | null },
    reason: string,
  ): Verification {
    this.logger.error({ brokenAt, reason, ...head }, 'the audit log is not as it was written');
    return { ok: false, entries, brokenAt, ...head };
  }
}

function parseId(id: string): number {
  const seq = /^\d{1,16}$/.test(id) ? Number(id) : NaN;
  if (!Number.isSafeInteger(seq)) throw badInput([{ field: 'after', message: 'This is no id of an audit entry.' }]);
  return seq;
}
