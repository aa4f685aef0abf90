/** Somebody who has something to write. */
export interface Writer {
  /** Must not throw. */
  writeOut(): void;
}

/**
 * Calls those who have something to write at the end of this turn of the event loop, one after the other. A write wakes
 * its reader where both are on one machine, which costs more than the write itself. A reader is still awake when the
 * next write follows at once.
 */
export class TurnEnd {
  #writers: Writer[] = [];
  readonly #run = (): void => {
    const writers = this.#writers;
    this.#writers = [];
    for (const writer of writers) writer.writeOut();
  };

  /** To be called once for all that a writer has to write. */
  add(writer: Writer): void {
    if (this.#writers.length === 0) setImmediate(this.#run);
    this.#writers.push(writer);
  }
}
