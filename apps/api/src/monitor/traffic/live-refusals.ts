/** Refusals by so many models and of so many people, with nobody served meanwhile, speak against the key. */
const SEVERAL = { models: 2, callers: 2 };
/** How long a refusal counts. */
const COUNTS_MS = 10 * 60_000;
/** Models and callers that are kept of one connection: more of them say nothing more. */
const KEPT = 16;

/**
 * The refusals (401, 403) of live requests at one connection since the last good answer. A refusal may be about a
 * prompt, about one model, or about what one person may do; a bad key refuses everybody everything.
 */
export class LiveRefusals {
  readonly #models = new Map<string, number>();
  readonly #callers = new Map<string, number>();

  constructor(private readonly now: () => number) {}

  add({ model, caller }: { readonly model: string; readonly caller: string }): void {
    note(this.#models, model, this.now());
    note(this.#callers, caller, this.now());
  }

  /** Somebody was served: nothing stands against the key. */
  clear(): void {
    // Nearly always there is nothing: a Map that is cleared is made anew, which would be done with every good answer.
    if (this.#models.size === 0) return;
    this.#models.clear();
    this.#callers.clear();
  }

  /** `modelCount`: of the connection; where it has fewer models than would be asked for, those; null: not known. */
  speakAgainstKey(modelCount: number | null): boolean {
    const since = this.now() - COUNTS_MS;
    const models = Math.min(SEVERAL.models, Math.max(modelCount ?? SEVERAL.models, 1));
    return countSince(this.#models, since) >= models && countSince(this.#callers, since) >= SEVERAL.callers;
  }
}

function note(seen: Map<string, number>, value: string, at: number): void {
  seen.delete(value);
  seen.set(value, at);
  const [oldest] = seen.keys();
  if (seen.size > KEPT && oldest !== undefined) seen.delete(oldest);
}

const countSince = (seen: ReadonlyMap<string, number>, since: number): number =>
  [...seen.values()].filter((at) => at >= since).length;
