import type { EntityManager } from 'typeorm';
import { inChunks } from '../../lib/chunks.js';

/** Raw samples kept of each connection. */
export const SAMPLES_KEPT = 120;

/** Forgets all but the newest samples of these connections. */
export async function pruneSamples(manager: EntityManager, connectionIds: readonly string[]): Promise<void> {
  for (const ids of inChunks(connectionIds, 200)) {
    await manager
      .createQueryBuilder()
      .delete()
      .from('health_sample')
      .where(
        `"id" IN (SELECT "id" FROM (
           SELECT "id", ROW_NUMBER() OVER (PARTITION BY "connectionId" ORDER BY "at" DESC, "id" DESC) AS "place"
           FROM "health_sample" WHERE "connectionId" IN (:...ids)
         ) "ranked" WHERE "place" > :kept)`,
        { ids, kept: SAMPLES_KEPT },
      )
      .execute();
  }
}

/** Forgets the samples of connections that are gone for good: their health went with them. */
export async function forgetSamplesOfGone(manager: EntityManager): Promise<void> {
  await manager
    .createQueryBuilder()
    .delete()
    .from('health_sample')
    .where('"connectionId" NOT IN (SELECT "connectionId" FROM "connection_health")')
    .execute();
}
