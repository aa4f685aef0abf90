import { In } from 'typeorm';
import type { Database } from '../../database/database.js';
import { inChunks } from '../../lib/chunks.js';
import type { Actor } from '../actor.js';
import { isOver } from '../sessions/session-times.js';
import { Session } from '../sessions/session.entity.js';
import { ApiToken } from '../tokens/api-token.entity.js';
import { isAbout, type Revocations } from './revocations.js';
import { WatchList } from './watch-list.js';

/** How a credential came to its end: somebody ended it, or its time did. */
export type CredentialEnd = 'REVOKED' | 'EXPIRED';

interface Watched {
  readonly actor: Actor;
  readonly onEnd: (end: CredentialEnd) => void;
  /** It was told, or does not want to be told any more. */
  isOver: boolean;
}

/**
 * Watches over the credentials of what stays open for hours, sockets above all. A revocation in this process tells at
 * once; `check`, every few seconds, finds what time or another process ended. A socket alone does not keep a session
 * from becoming idle.
 */
export class CredentialWatch {
  readonly #watched = new WatchList<Watched>();

  constructor(
    private readonly database: Database,
    revocations: Revocations,
  ) {
    revocations.subscribe((revocation) => {
      if (revocation.ended) this.#endAll((actor) => (isAbout(revocation, actor) ? 'REVOKED' : null));
    });
  }

  /** Calls `onEnd` once, when the credential of that actor ends. Gives the function that stops watching. */
  watch(actor: Actor, onEnd: (end: CredentialEnd) => void): () => void {
    const watched: Watched = { actor, onEnd, isOver: false };
    const remove = this.#watched.add(watched);
    return () => {
      watched.isOver = true;
      remove();
    };
  }

  /** Ends what is over by now. Throws where the database cannot say; then everything stays as it is. */
  async check(now: Date = new Date()): Promise<void> {
    const all = this.#watched.members();
    const sessions = await this.#find(Session, all, sessionIdOf);
    const tokens = await this.#find(ApiToken, all, tokenIdOf);
    this.#endAll((actor) => endOf(actor, sessions, tokens, now), all);
  }

  /**
   * Tells each whose credential has ended. One that throws keeps nobody else from hearing: the first error is thrown at
   * the end.
   */
  #endAll(endOf: (actor: Actor) => CredentialEnd | null, all = this.#watched.members()): void {
    const errors: unknown[] = [];
    for (const watched of all) {
      const end = watched.isOver ? null : endOf(watched.actor);
      if (end === null) continue;
      watched.isOver = true;
      try {
        watched.onEnd(end);
      } catch (error) {
        errors.push(error);
      }
    }
    this.#watched.removeWhere(({ isOver }) => isOver);
    if (errors.length > 0) throw errors[0];
  }

  async #find<T extends Session | ApiToken>(
    entity: new () => T,
    watched: readonly Watched[],
    idOf: (actor: Actor) => string | null,
  ): Promise<ReadonlyMap<string, T>> {
    const ids = [...new Set(watched.map(({ actor }) => idOf(actor)).filter((id) => id !== null))];
    const found = new Map<string, T>();
    for (const some of inChunks(ids)) {
      const rows = await this.database.read.find<T>(entity, {
        where: { id: In(some) } as never,
      });
      for (const row of rows) found.set(row.id, row);
    }
    return found;
  }
}

const sessionIdOf = (actor: Actor): string | null => (actor.type === 'person' ? actor.sessionId : null);
const tokenIdOf = (actor: Actor): string | null => (actor.type === 'token' ? actor.tokenId : null);

function endOf(
  actor: Actor,
  sessions: ReadonlyMap<string, Session>,
  tokens: ReadonlyMap<string, ApiToken>,
  now: Date,
): CredentialEnd | null {
  if (actor.type === 'person') {
    const session = sessions.get(actor.sessionId);
    if (session === undefined) return 'REVOKED';
    return isOver(session, now) ? 'EXPIRED' : null;
  }
  if (actor.type === 'token') {
    if (actor.expiresAt !== null && actor.expiresAt <= now) return 'EXPIRED';
    return tokens.has(actor.tokenId) ? null : 'REVOKED';
  }
  return null;
}
