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
    const tail = (this.#tail.length === 1 ? only : Buffer.concat(this.#tail)) ?? Buffer.alloc(0);
    this.#tail = [];
    // Inside of a text the quotes would be escaped: `\"usage\"` is not found.
    const at = tail.lastIndexOf('"usage"');
    if (at === -1) return;
    const text = objectAt(tail.toString('latin1', at + '"usage"'.length));
    if (text === null) return;
    try {
      this.tokens = tokensOf({ usage: JSON.parse(text) as unknown }) ?? NO_TOKENS;
    } catch {
      // Not ours to judge: the bytes are on their way as they are.
    }
  }
}

/** The object after the colon that the text begins with; null where there is none. Braces in its strings do not occur. */
function objectAt(text: string): string | null {
  const start = /^\s*:\s*\{/.exec(text)?.[0].length;
  if (start === undefined) return null;
  let depth = 1;
  for (let index = start; index < text.length; index += 1) {
    if (text[index] === '{') depth += 1;
    else if (text[index] === '}') depth -= 1;
    if (depth === 0) return text.slice(start - 1, index + 1);
  }
  return null;
}
