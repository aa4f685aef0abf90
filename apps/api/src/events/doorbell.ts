/**
 * Tells, within this process, that events were committed. It carries only the number of the last one: whoever hears it
 * reads the log, so a ring that is missed or doubled does no harm.
 */
export class Doorbell {
  readonly #listeners = new Set<(lastEvent: number) => void>();

  /** Calls the listeners in the order of their subscription. They must not throw. */
  ring(lastEvent: number): void {
    for (const listener of [...this.#listeners]) listener(lastEvent);
  }

  /** Gives the function that ends the subscription. */
  subscribe(listener: (lastEvent: number) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
