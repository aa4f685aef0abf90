import type { Write } from '../../database/write.js';

/**
 * Makes the rest of the write see and change accounts alone: whoever else asks for this lock waits for the commit. Take
 * it before any row of a session, a token or a person is changed. It is the ledger's row, which every audited write
 * takes last anyway: whoever had such a row first would wait for the ledger while its holder waits for the row.
 */
export async function lockAccounts(write: Write): Promise<void> {
  await write.manager.query('UPDATE "ledger" SET "seq" = "seq"');
}
