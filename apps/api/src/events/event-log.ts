import { In, MoreThan } from 'typeorm';
import { before } from '../database/columns.js';
import type { Database, Reader } from '../database/database.js';
import type { EventName, StoredEvent } from './event-payloads.js';
import { fromRow } from './event-row.js';
import { Event } from './event.entity.js';

/** How long an announcement can be read again: a cursor is good for at least 24 hours, and a day of slack. */
export const KEPT_MS = 48 * 3_600_000;
const PRUNED_AT_ONCE = 1_000;

/** The announcements in commit order. They are written by `database.write` alone. */
export class EventLog {
  constructor(private readonly database: Database) {}

  /** Up to `limit` events after that number, in order; only these types where given. */
  async readAfter<Name extends EventName>(
    seq: number,
    limit: number,
    types?: readonly Name[],
  ): Promise<StoredEvent<Name>[]> {
    const rows = await this.reader.find(Event, {
      where: { seq: MoreThan(seq), ...(types === undefined ? {} : { type: In([...types]) }) },
      order: { seq: 'ASC' },
      take: limit,
    });
    return rows.map((row) => fromRow(row) as StoredEvent<Name>);
  }

  /** Number of the last thing the ledger numbered; 0 in a new installation. */
  async head(): Promise<number> {
    const rows: { seq: string | number }[] = await this.reader.query('SELECT "seq" FROM "ledger"');
    return Number(rows[0]?.seq ?? 0);
  }

  /** Names this installation, for cursors. */
  async installation(): Promise<string> {
    const rows: { installation: string }[] = await this.reader.query('SELECT "installation" FROM "ledger"');
    return rows[0]?.installation ?? '';
  }

  /** Forgets what is older than KEPT_MS, in bounded writes so that others come in between; gives how many. */
  async prune(now: Date): Promise<number> {
    const forgotten = new Date(now.getTime() - KEPT_MS);
    for (let count = 0; ;) {
      const rows = await this.reader.find(Event, {
        where: { at: before(forgotten) },
        select: { seq: true },
        order: { at: 'ASC' },
        take: PRUNED_AT_ONCE,
      });
      if (rows.length > 0) {
        await this.database.write(({ manager }) => manager.delete(Event, { seq: In(rows.map(({ seq }) => seq)) }));
      }
      count += rows.length;
      if (rows.length < PRUNED_AT_ONCE) return count;
    }
  }

  private get reader(): Reader {
    return this.database.read;
  }
}
