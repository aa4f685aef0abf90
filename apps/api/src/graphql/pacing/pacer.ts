/** Fields that may be completed in one turn of the event loop, of all requests together: about ten milliseconds. */
const FIELDS_A_TURN = 5_000;

interface Waiting {
  readonly cost: number;
  readonly go: () => void;
}

/**
 * Spreads what GraphQL answers cost over turns of the event loop, so that requests of others, chats above all, go on in
 * between. What it costs is counted in fields; what does not fit into this turn waits for a later one. Requests wait
 * side by side: in each turn they take it in turn, so a short one does not wait for the end of a long one.
 */
export class Pacer {
  readonly #lines = new Map<object, Waiting[]>();
  #left: number;
  #isScheduled = false;

  constructor(private readonly fieldsATurn: number = FIELDS_A_TURN) {
    this.#left = fieldsATurn;
  }

  /**
   * The items as a list that graphql-js completes in turns: first as many as fit into this turn as they are, then
   * promises of the others. `request` says whose they are, `cost` is the number of fields of one.
   */
  pace<T>(request: object, items: readonly T[], cost: number): readonly (T | Promise<T>)[] {
    const fitting = this.#lines.has(request) ? 0 : Math.min(items.length, Math.floor(this.#left / cost));
    this.#spend(fitting * cost);
    if (fitting === items.length) return items;
    return items.map((item, index) => (index < fitting ? item : this.#wait(request, cost).then(() => item)));
  }

  /** Resolves when work of that cost may be done: in this turn, where it fits. */
  turn(request: object, cost: number): Promise<void> {
    if (!this.#lines.has(request) && cost <= this.#left) {
      this.#spend(cost);
      return Promise.resolve();
    }
    return this.#wait(request, cost);
  }

  #wait(request: object, cost: number): Promise<void> {
    const line = this.#lines.get(request) ?? [];
    this.#lines.set(request, line);
    this.#schedule();
    return new Promise((resolve) => line.push({ cost, go: resolve }));
  }

  #spend(cost: number): void {
    this.#left -= cost;
    if (cost > 0) this.#schedule();
  }

  /** Once a turn: immediates that are there already would all run before anybody else's requests are looked at. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#run();
    });
  }

  #run(): void {
    this.#left = this.fieldsATurn;
    const share = Math.ceil(this.fieldsATurn / Math.max(1, this.#lines.size));
    for (const [request, line] of [...this.#lines]) {
      if (this.#left <= 0) break;
      let done = 0;
      // One goes in any case: what costs more than a turn has would wait for ever.
      for (let taken = 0; done < line.length && (done === 0 || taken < share); done += 1) {
        const { cost, go } = line[done] as Waiting;
        taken += cost;
        this.#left -= cost;
        go();
      }
      // Those that had their share wait behind those that did not.
      this.#lines.delete(request);
      if (done < line.length) this.#lines.set(request, line.slice(done));
    }
    if (this.#lines.size > 0) this.#schedule();
  }
}
