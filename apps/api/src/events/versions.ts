import type { EventTail } from './event-tail.js';

/**
 * Counters that grow when committed state changes; results made from that state are cached under them. Raise them in
 * `write.afterCommit`; what another process announces raises them once `follow` was called.
 */
export class Versions {
  #catalogue = 0;
  #health = 0;

  /** Connections, their configuration, and models. A discovery that found nothing new does not raise it. */
  get catalogue(): number {
    return this.#catalogue;
  }

  /** Everything shown of a connection's health. */
  get health(): number {
    return this.#health;
  }

  /** Raises both with whatever is announced, in this process or another. Gives the function that ends it. */
  follow(tail: Pick<EventTail, 'subscribe'>): () => void {
    return tail.subscribe(() => {
      this.raiseCatalogue();
      this.raiseHealth();
    });
  }

  raiseCatalogue(): void {
    this.#catalogue += 1;
  }

  raiseHealth(): void {
    this.#health += 1;
  }
}
