import { In, IsNull } from 'typeorm';
import type { Reader } from '../database/database.js';
import { Model } from '../models/model.entity.js';

/** Models of connections, without vanished and filtered ones; of all connections unless some are named. */
export async function countModels(
  reader: Pick<Reader, 'createQueryBuilder'>,
  connectionIds?: readonly string[],
): Promise<Map<string, number>> {
  const rows: { id: string; count: string | number }[] = await reader
    .createQueryBuilder(Model, 'model')
    .select('model.connectionId', 'id')
    .addSelect('COUNT(*)', 'count')
    .where({
      listed: true,
      vanishedAt: IsNull(),
      ...(connectionIds === undefined ? {} : { connectionId: In([...connectionIds]) }),
    })
    .groupBy('model.connectionId')
    .getRawMany();
  return new Map(rows.map(({ id, count }) => [id, Number(count)]));
}
