import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Database } from '../../database/database.js';
import { GRAIN_MS, GRAINS, KEPT_MS, SPARE_MS, type Grain } from '../grains.js';
import { DIMENSIONS } from '../usage-columns.js';
import { UsageFlush } from './usage-flush.entity.js';
import { UsageTotal } from './usage-total.entity.js';

/** Rows of one write. */
const CHUNK = 1_000;
const KEY = ['grain', 'minute', ...DIMENSIONS].map((name) => `"${name}"`).join(', ');

/** Forgets what is past its time, in bounded writes, so that others come in between. */
export class UsageRetention {
  constructor(private readonly database: Database) {}

  async prune(now: Date): Promise<void> {
    for (const grain of GRAINS) {
      const before = Math.floor((now.getTime() - KEPT_MS[grain] - SPARE_MS) / GRAIN_MS.MINUTE);
      while ((await this.#isAny(grain, before)) && (await this.#remove(grain, before)) === CHUNK) await nextTurn();
    }
    const before = new Date(now.getTime() - SPARE_MS).toISOString();
    await this.database.write(({ manager }) =>
      manager.createQueryBuilder().delete().from(UsageFlush).where('"at" < :before', { before }).execute(),
    );
  }

  async #isAny(grain: Grain, before: number): Promise<boolean> {
    const query = this.database.read.createQueryBuilder(UsageTotal, 'total');
    return query.where('total.grain = :grain AND total.minute < :before', { grain, before }).getExists();
  }

  async #remove(grain: Grain, before: number): Promise<number> {
    const result = await this.database.write(({ manager }) =>
      manager
        .createQueryBuilder()
        .delete()
        .from(UsageTotal)
        .where(
          `(${KEY}) IN (SELECT ${KEY} FROM "usage_total" WHERE "grain" = :grain AND "minute" < :before LIMIT ${String(CHUNK)})`,
          { grain, before },
        )
        .execute(),
    );
    return result.affected ?? 0;
  }
}
