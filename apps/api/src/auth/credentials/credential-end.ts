import type { Write } from '../../database/write.js';
import { auditActor, type Actor } from '../actor.js';
import { Session } from '../sessions/session.entity.js';
import { ApiToken } from '../tokens/api-token.entity.js';
import { withDescendants } from '../tokens/token-family.js';
import type { Revocation } from './revocations.js';

// How sessions and tokens end, whoever ends them: the rows go, the audit log knows, and what comes back is to be
// announced once the write is committed.

export async function endSessions(write: Write, actor: Actor, sessions: readonly Session[]): Promise<Revocation[]> {
  for (const session of sessions) {
    await write.manager.delete(Session, { id: session.id });
    const target = { type: 'session', id: session.id, label: session.ip ?? 'session' };
    write.audit({ action: 'session.revoked', actor: auditActor(actor), target, changes: [] });
  }
  return sessions.map(({ id }) => ({ what: 'SESSION', id, ended: true }));
}

/** Ends the tokens and every token made by them, whoever owns it. The caller holds the lock on accounts. */
export async function endTokens(write: Write, actor: Actor, tokens: readonly ApiToken[]): Promise<Revocation[]> {
  const ended = await withDescendants(write.manager, tokens);
  for (const token of ended) {
    await write.manager.delete(ApiToken, { id: token.id });
    const target = { type: 'token', id: token.id, label: token.name };
    write.audit({ action: 'token.revoked', actor: auditActor(actor), target, changes: [] });
  }
  return ended.map(({ id }) => ({ what: 'TOKEN', id, ended: true }));
}
