import type { SecretBox } from '../secrets/secret-box.js';
import type { AuditEntry } from './audit-entry.entity.js';

/** What the first entry has as its previous hash. */
export const CHAIN_START = '0'.repeat(64);

/**
 * HMAC of the entry's canonical JSON, which holds the previous hash: changing, dropping or reordering an entry breaks
 * every later one. Null where the master key that made the entry is not here.
 */
export function entryHash(box: SecretBox, entry: Omit<AuditEntry, 'hash'>): string | null {
  return box.auditMac(canonical(entry), entry.keyId);
}

/** Fields in a fixed order; the order of columns or of JSON keys in the database does not matter. */
function canonical(entry: Omit<AuditEntry, 'hash'>): string {
  return JSON.stringify([
    entry.seq,
    entry.at.toISOString(),
    entry.actor,
    entry.actorId,
    entry.action,
    entry.target,
    entry.targetType,
    entry.targetId,
    entry.changes.map((change) => [change.field, change.before, change.after]),
    entry.ip,
    entry.requestId,
    entry.keyId,
    entry.previousHash,
  ]);
}
