import type { Write } from '../database/write.js';

/**
 * Makes the rest of the write see and change accounts alone: whoever else asks for this lock waits for the commit. It is
 * the ledger's row, which every audited write takes last anyway, so no two locks can wait for each other.
 */
export async function lockAccounts(write: Write): Promise<void> {
  await write.manager.query('UPDATE "ledger" SET "seq" = "seq"');
}
