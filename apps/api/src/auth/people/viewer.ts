import { unauthenticated } from '../../errors.js';
import type { Actor } from '../actor.js';
import { SCOPES } from '../scope.js';
import type { Viewer } from './account.types.js';
import type { UserService } from './user.service.js';

/** Who the actor is, as they see themselves; null for nobody. */
export async function findViewer(users: UserService, actor: Actor): Promise<Viewer | null> {
  if (actor.type !== 'person' && actor.type !== 'token') return null;
  const user = await users.find(actor.userId);
  // A credential whose person is gone: another process removed them a moment ago.
  if (user === null) throw unauthenticated('This account does not exist any more.');
  const scopes = SCOPES.filter((scope) => actor.scopes.has(scope));
  return { id: user.id, name: user.name, email: user.email, role: user.role, scopes };
}
