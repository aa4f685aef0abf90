import type { Logger } from '../../log/logger.js';
import type { Actor } from '../actor.js';

/** Something that the process remembers about a credential no longer holds. */
export interface Revocation {
  readonly what: 'SESSION' | 'TOKEN' | 'USER';
  readonly id: string;
  /**
   * True: it is over, sockets close. False: it goes on with other rights or another secret, and has to be looked up
   * again.
   */
  readonly ended: boolean;
}

/**
 * Tells caches and sockets of this process at once, after the commit, that credentials ended or changed. Other
 * processes notice when their remembered credentials expire.
 */
export class Revocations {
  readonly #listeners = new Set<(revocation: Revocation) => void>();

  constructor(private readonly logger: Logger) {}

  /** Gives the function that ends the subscription. */
  subscribe(listener: (revocation: Revocation) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /**
   * Calls every listener, in the order of their subscription. One that throws is logged and keeps nobody else from
   * hearing.
   */
  announce(revocations: readonly Revocation[]): void {
    for (const revocation of revocations) {
      for (const listener of [...this.#listeners]) {
        try {
          listener(revocation);
        } catch (err) {
          this.logger.error({ err, what: revocation.what, id: revocation.id }, 'a listener to revocations failed');
        }
      }
    }
  }
}

/** Whether it ends or changes the credential of that actor. */
export function isAbout(revocation: Revocation, actor: Actor): boolean {
  if (actor.type !== 'person' && actor.type !== 'token') return false;
  switch (revocation.what) {
    case 'USER':
      return revocation.id === actor.userId;
    case 'SESSION':
      return actor.type === 'person' && revocation.id === actor.sessionId;
    case 'TOKEN':
      return actor.type === 'token' && revocation.id === actor.tokenId;
  }
}
