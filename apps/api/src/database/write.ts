import type { EntityManager } from 'typeorm';
import type { NewEvent } from '../events/event-payloads.js';

/** One entry of the audit log, as the code that makes the change knows it. The write adds time, chain and number. */
export interface NewAuditEntry {
  /** `noun.pastVerb`, such as `connection.updated`. */
  readonly action: string;
  readonly actor: AuditActor;
  readonly target: { readonly type: string; readonly id: string; readonly label: string } | null;
  /** What changed; of a secret only "set", "replaced" or "removed". */
  readonly changes: readonly AuditChange[];
}

export interface AuditChange {
  readonly field: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** Who did it, as it reads in the log for ever: a label besides the id, since people and tokens go. */
export interface AuditActor {
  readonly id: string | null;
  readonly label: string;
  readonly ip: string | null;
  readonly requestId: string | null;
}

/** What a write was asked to record besides its rows. */
export interface Recorded {
  readonly audit: readonly NewAuditEntry[];
  readonly events: readonly NewEvent[];
}

/**
 * Numbers, chains and stores what a write recorded; called as the last step inside its transaction. Gives the number
 * of the last event stored, null where there was none.
 */
export interface Ledger {
  append(manager: EntityManager, recorded: Recorded): Promise<number | null>;
}

/** An open write. It ends with the function it was given to: keep no reference. */
export interface Write {
  readonly manager: EntityManager;
  /** The instant of the whole write. */
  readonly now: Date;
  audit(entry: NewAuditEntry): void;
  event(event: NewEvent): void;
  /** Runs after the commit, in order, and never when the write is rolled back. What it throws is logged. */
  afterCommit(run: () => void): void;
}

/**
 * Find option of a write: the rows that are found stay as they are for others until it ends. SQLite has one writer
 * anyway and no such lock.
 */
export const rowLock = ({ manager }: Pick<Write, 'manager'>): { lock?: { mode: 'pessimistic_write' } } =>
  manager.dataSource.options.type === 'postgres' ? { lock: { mode: 'pessimistic_write' } } : {};
