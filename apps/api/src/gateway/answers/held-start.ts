import { kindOfStart, type BodyKind } from './body-kind.js';

/** Blanks are what some servers keep their callers waiting with: these are passed on before long. */
const HELD = { longestBytes: 4 * 1024, withinMs: 1_000 };

/** Keeps the first bytes of a body until they tell what it is. */
export class HeldStart {
  #parts: Buffer[] = [];
  #bytes = 0;
  #kind: BodyKind | null = null;
  #patience: NodeJS.Timeout | null = null;

  /** `onTooLong`: what has come is to be taken although it does not tell yet. */
  constructor(private readonly onTooLong: () => void) {}

  /** Whether it is known now what the body is. */
  push(chunk: Buffer): boolean {
    this.#parts.push(chunk);
    this.#bytes += chunk.length;
    this.#kind = kindOfStart(this.#joined());
    if (this.#kind === null && this.#bytes >= HELD.longestBytes) this.#kind = 'OTHER';
    this.#patience ??= this.#kind === null ? setTimeout(this.onTooLong, HELD.withinMs) : null;
    return this.#kind !== null;
  }

  /** What has come so far. */
  take(): { readonly kind: BodyKind; readonly bytes: Buffer } {
    this.drop();
    return { kind: this.#kind ?? 'OTHER', bytes: this.#joined() };
  }

  /** It is not waited for any more. */
  drop(): void {
    if (this.#patience !== null) clearTimeout(this.#patience);
    this.#patience = null;
  }

  #joined(): Buffer {
    const [only] = this.#parts;
    if (only !== undefined && this.#parts.length === 1) return only;
    const all = Buffer.concat(this.#parts, this.#bytes);
    this.#parts = [all];
    return all;
  }
}
