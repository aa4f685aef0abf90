import { NO_TOKENS, tokensOf, type TokenCounts } from './stream-tap.js';

/** Enough for `usage` and what servers put behind it; answers of many megabytes are not kept for it. */
const TAIL_BYTES = 16 * 1024;

/** Reads the token counts of an answer in one piece of JSON, which stand near its end, without keeping the answer. */
export class TailTap {
  tokens: TokenCounts = NO_TOKENS;
  #tail: Buffer[] = [];
  #bytes = 0;

  push(chunk: Buffer): void {
    const last = chunk.length > TAIL_BYTES ? chunk.subarray(chunk.length - TAIL_BYTES) : chunk;
    this.#tail.push(last);
    this.#bytes += last.length;
    const [oldest] = this.#tail;
    if (oldest === undefined || this.#bytes - oldest.length < TAIL_BYTES) return;
    this.#tail.shift();
    this.#bytes -= oldest.length;
  }

  end(): void {
    const [only] = this.#tail;
    const bytes = this.#tail.length === 1 ? only : Buffer.concat(this.#tail);
    this.#tail = [];
    const tail = bytes?.toString('latin1') ?? '';
    // Inside of a text the quotes would be escaped: `\"usage\"` is not found.
    const at = tail.lastIndexOf('"usage"');
    if (at === -1) return;
    const text = objectAt(tail, at + '"usage"'.length);
    if (text === null) return;
    try {
      this.tokens = tokensOf({ usage: JSON.parse(text) as unknown }) ?? NO_TOKENS;
    } catch {
      // Not ours to judge: the bytes are on their way as they are.
    }
  }
}

/** The object after the colon that stands at that place; null where there is none. Braces in its strings do not occur. */
function objectAt(text: string, from: number): string | null {
  COLON_AND_BRACE.lastIndex = from;
  if (!COLON_AND_BRACE.test(text)) return null;
  const start = COLON_AND_BRACE.lastIndex - 1;
  let depth = 1;
  let opened = text.indexOf('{', start + 1);
  for (let closed = text.indexOf('}', start); closed !== -1; closed = text.indexOf('}', closed + 1)) {
    while (opened !== -1 && opened < closed) {
      depth += 1;
      opened = text.indexOf('{', opened + 1);
    }
    depth -= 1;
    if (depth === 0) return text.slice(start, closed + 1);
  }
  return null;
}

const COLON_AND_BRACE = /\s*:\s*\{/y;
