/**
 * Tells, within this process, that events were committed. It carries only the number of the last one: whoever hears it
 * reads the log, so a ring that is missed or doubled does no harm.
 */
export class Doorbell {
  readonly #listeners = new Set<(lastEvent: number) => void>();

  /** Calls all listeners, in the order of their subscription, and then throws what the first of those threw who did. */
  ring(lastEvent: number): void {
    const failures: unknown[] = [];
    for (const listener of [...this.#listeners]) {
      try {
        listener(lastEvent);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Gives the function that ends the subscription. */
  subscribe(listener: (lastEvent: number) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
