import type { Database } from '../../database/database.js';
import type { Actor } from '../actor.js';
import { Session } from '../sessions/session.entity.js';
import { ApiToken } from '../tokens/api-token.entity.js';

/** Whether the credential that asks is still in the database: it may have been ended since it was remembered. */
export async function stillStands(database: Database, actor: Actor): Promise<boolean> {
  if (actor.type === 'person') return database.read.existsBy(Session, { id: actor.sessionId });
  return actor.type !== 'token' || database.read.existsBy(ApiToken, { id: actor.tokenId });
}
