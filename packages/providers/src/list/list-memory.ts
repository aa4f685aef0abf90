import { createHash } from 'node:crypto';
import type { ResponseHead } from '../http.js';
import type { Endpoint } from '../provider.js';

/** Rows that are remembered, of all lists together. */
const MAX_ROWS = 100_000;
/** Parsing fewer costs less than remembering them. */
const WORTH_ROWS = 200;
const MAX_REFUSALS = 2_000;
/** How long a list that broke a bound is not read in full again. */
export const REFUSED_FOR_MS = 15 * 60_000;

/** A list, or a page of one, as it was read last. */
interface Remembered<P> {
  readonly digest: string;
  readonly page: P;
  readonly rowCount: number;
}

/** A list that broke a bound, and what that came to. */
interface Refusal<P> {
  readonly until: number;
  readonly head: string;
  readonly outcome: P | Error;
}

/**
 * What was read of lists, so that one that did not change is not parsed again, and one that is too long for us is not
 * even fetched with each check. Bounded for all endpoints together.
 */
export class ListMemory<P> {
  readonly #pages = new Map<string, Remembered<P>>();
  readonly #refusals = new Map<string, Refusal<P>>();
  #rows = 0;

  /** What the same bytes came to; undefined: they are new. */
  recall(key: string, digest: string): P | undefined {
    const known = this.#pages.get(key);
    if (known === undefined || known.digest !== digest) return undefined;
    this.#pages.delete(key);
    this.#pages.set(key, known);
    return known.page;
  }

  remember(key: string, digest: string, page: P, rowCount: number): void {
    this.#forget(key);
    if (rowCount < WORTH_ROWS || rowCount > MAX_ROWS) return;
    this.#pages.set(key, { digest, page, rowCount });
    this.#rows += rowCount;
    for (const oldest of this.#pages.keys()) {
      if (this.#rows <= MAX_ROWS) break;
      this.#forget(oldest);
    }
  }

  /** What the list came to when it broke a bound, while that is not long ago and its head says nothing new. */
  refusal(key: string, head: ResponseHead): P | Error | undefined {
    const refusal = this.#refusals.get(key);
    if (refusal === undefined) return undefined;
    if (performance.now() < refusal.until && refusal.head === headOf(head)) return refusal.outcome;
    this.#refusals.delete(key);
    return undefined;
  }

  refuse(key: string, head: ResponseHead, outcome: P | Error): void {
    this.#forget(key);
    this.#refusals.delete(key);
    this.#refusals.set(key, { until: performance.now() + REFUSED_FOR_MS, head: headOf(head), outcome });
    const [oldest] = this.#refusals.keys();
    if (this.#refusals.size > MAX_REFUSALS && oldest !== undefined) this.#refusals.delete(oldest);
  }

  #forget(key: string): void {
    this.#rows -= this.#pages.get(key)?.rowCount ?? 0;
    this.#pages.delete(key);
  }
}

/** One endpoint may be linked twice, with keys that see different models; the key itself is not kept. */
export function memoryKey({ auth, apiKey, headers }: Endpoint, url: string): string {
  return createHash('sha256')
    .update(JSON.stringify([url, auth, apiKey, headers]))
    .digest('base64');
}

/** What of an answer's head tells that its body is another one. */
function headOf({ headers }: ResponseHead): string {
  return JSON.stringify([headers['etag'], headers['last-modified'], headers['content-length']]);
}
