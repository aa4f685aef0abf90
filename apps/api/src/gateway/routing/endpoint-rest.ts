/** How long an endpoint that failed is left alone: doubled with each failure in a row. */
const REST = { firstMs: 1_000, longestMs: 15_000 };
/** While one request tries whether an endpoint is back, the others leave it alone for this long at most. */
const TRIAL_MS = 10_000;
/** No `Retry-After` keeps an endpoint out for longer. */
const LONGEST_PAUSE_MS = 60_000;
/** Models of one endpoint that something is known of. */
const MODELS = 256;
/** As many models that rest at the same time speak against their endpoint. */
const SEVERAL = 2;

/** Until when something is left alone. */
class Rest {
  /** Since the last good answer. */
  #failures = 0;
  #until = 0;

  constructor(private readonly now: () => number) {}

  get isOver(): boolean {
    return this.#until <= this.now();
  }

  get saysNothing(): boolean {
    return this.#failures === 0 && this.isOver;
  }

  failed(): void {
    this.#until = this.now() + Math.min(REST.firstMs * 2 ** this.#failures, REST.longestMs);
    this.#failures += 1;
  }

  pause(pauseMs: number | null): void {
    this.#until = this.now() + Math.min(pauseMs ?? REST.firstMs, LONGEST_PAUSE_MS);
  }

  /** Its rest is over, but it has not answered yet: this request is the one that finds out. */
  tried(): void {
    if (this.#failures > 0) this.#until = this.now() + TRIAL_MS;
  }
}

/**
 * Which endpoint, or which model of it, is better left alone for a moment. What an endpoint answered for one model is
 * held against that model alone, until several of its models rest: another model may be served all the while.
 */
export class EndpointRest {
  #whole: Rest;
  readonly #models = new Map<string, Rest>();

  constructor(private readonly now: () => number) {
    this.#whole = new Rest(now);
  }

  /** Model undefined: of the endpoint, or of any of its models. */
  isResting(model?: string): boolean {
    if (!this.#whole.isOver) return true;
    if (this.#models.size === 0) return false;
    const resting = [...this.#models].filter(([, rest]) => !rest.isOver);
    return resting.length >= (model === undefined ? 1 : SEVERAL) || resting.some(([name]) => name === model);
  }

  failed(model?: string): void {
    this.#of(model).failed();
  }

  pause(pauseMs: number | null, model?: string): void {
    this.#of(model).pause(pauseMs);
  }

  tried(model?: string): void {
    this.#whole.tried();
    if (model !== undefined) this.#models.get(model)?.tried();
  }

  /** Model undefined: nothing is held against any of its models either. */
  answered(model?: string): void {
    this.#whole = new Rest(this.now);
    if (model === undefined) this.#models.clear();
    else this.#models.delete(model);
  }

  get saysNothing(): boolean {
    for (const [name, rest] of this.#models) if (rest.saysNothing) this.#models.delete(name);
    return this.#whole.saysNothing && this.#models.size === 0;
  }

  #of(model: string | undefined): Rest {
    if (model === undefined) return this.#whole;
    const known = this.#models.get(model);
    if (known !== undefined) return known;
    const rest = new Rest(this.now);
    this.#models.set(model, rest);
    const [oldest] = this.#models.keys();
    if (this.#models.size > MODELS && oldest !== undefined) this.#models.delete(oldest);
    return rest;
  }
}
