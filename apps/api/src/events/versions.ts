/**
 * Counters that grow when committed state changes; results made from that state are cached under them. Raise them in
 * `write.afterCommit`, and when another process announces a change.
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

  raiseCatalogue(): void {
    this.#catalogue += 1;
  }

  raiseHealth(): void {
    this.#health += 1;
  }
}
