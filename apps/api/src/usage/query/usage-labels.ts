import { In } from 'typeorm';
import { AuditEntry } from '../../audit/audit-entry.entity.js';
import { OPEN_NETWORK } from '../../auth/actor.js';
import { User } from '../../auth/people/user.entity.js';
import { ApiToken } from '../../auth/tokens/api-token.entity.js';
import { Connection } from '../../connections/connection.entity.js';
import type { Database } from '../../database/database.js';
import { inChunks } from '../../lib/chunks.js';
import type { Dimension } from '../usage-columns.js';

/** Ids of one statement. */

/** What stands for a key that is '', and for one that nothing is known of any more. */
const WITHOUT: Readonly<Record<Dimension, { readonly none: string; readonly gone: string }>> = {
  connectionId: { none: 'No endpoint answered', gone: 'A connection that is gone' },
  model: { none: 'Unknown model', gone: '' },
  userId: { none: 'Nobody', gone: 'A person who is gone' },
  tokenId: { none: 'Without a token', gone: 'A token that is gone' },
};

/**
 * What these keys are called: now, or where they are gone what they were called last. Connections keep their row when
 * they are removed; of people and tokens the audit log knows.
 */
export async function labelsOf(
  database: Database,
  dimension: Dimension,
  keys: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { none, gone } = WITHOUT[dimension];
  if (dimension === 'model') return new Map(keys.map((key) => [key, key === '' ? none : key]));
  const labels = new Map([[OPEN_NETWORK, 'Open network']]);
  for (const ids of inChunks(keys)) {
    for (const { id, name } of await namesOf(database, dimension, ids)) labels.set(id, name);
    const missing = ids.filter((id) => id !== '' && !labels.has(id));
    if (dimension !== 'connectionId' && missing.length > 0) {
      for (const [id, label] of await lastNames(database, missing)) labels.set(id, label);
    }
  }
  return new Map(keys.map((key) => [key, key === '' ? none : (labels.get(key) ?? gone)]));
}

function namesOf(
  database: Database,
  dimension: Exclude<Dimension, 'model'>,
  ids: readonly string[],
): Promise<{ id: string; name: string }[]> {
  const named = { where: { id: In([...ids]) }, select: { id: true, name: true } } as const;
  switch (dimension) {
    case 'connectionId':
      return database.read.find(Connection, named);
    case 'userId':
      return database.read.find(User, named);
    case 'tokenId':
      return database.read.find(ApiToken, named);
  }
}

async function lastNames(database: Database, ids: readonly string[]): Promise<(readonly [string, string])[]> {
  const entries = await database.read.find(AuditEntry, {
    where: { targetId: In([...ids]) },
    select: { seq: true, targetId: true, target: true },
    order: { seq: 'ASC' },
  });
  return entries.flatMap(({ targetId, target }) => (targetId === null || target === null ? [] : [[targetId, target]]));
}
