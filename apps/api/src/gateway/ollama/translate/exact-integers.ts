// Kept by hand: `JSON.rawJSON`, which writes exact integers, needs a newer Node than the 20.19 that we support.

import { randomUUID } from 'node:crypto';

/** Below this many digits a JavaScript number keeps an integer as it is. */
const LONG_INTEGER = /(?<![\w.+-])-?\d{16,}(?![\w.+-])/g;
const HAS_LONG_INTEGER = /\d{16}/;

/** Reads and writes JSON without rounding large integers. `JSON.parse` alone would round them. */
export interface ExactJson {
  /** As `JSON.parse`, but that a long integer is a string that only `print` understands. Throws SyntaxError. */
  readonly parse: (text: string) => unknown;
  /** As `JSON.stringify`, with the long integers as they were. */
  readonly print: (value: unknown) => string;
}

export function createExactJson(): ExactJson {
  // Nobody outside can guess it, so no text of a caller is taken for a number.
  const mark = `int-${randomUUID()}:`;
  const marked = new RegExp(`"${mark}(-?\\d+)"`, 'g');
  let isUsed = false;
  return {
    parse: (text): unknown => {
      if (!HAS_LONG_INTEGER.test(text)) return JSON.parse(text) as unknown;
      // A text that is no JSON could become JSON by being marked.
      JSON.parse(text);
      isUsed = true;
      return JSON.parse(markIntegers(text, mark)) as unknown;
    },
    print: (value) => {
      const text = JSON.stringify(value);
      return isUsed ? text.replace(marked, '$1') : text;
    },
  };
}

/** Puts long integers outside of strings into marked strings. Strings are jumped over: pictures are megabytes. */
function markIntegers(text: string, mark: string): string {
  const parts: string[] = [];
  let at = 0;
  while (at < text.length) {
    const quote = text.indexOf('"', at);
    const outside = text.slice(at, quote === -1 ? text.length : quote);
    parts.push(outside.replace(LONG_INTEGER, (digits) => `"${mark}${digits}"`));
    if (quote === -1) break;
    const end = stringEnd(text, quote);
    parts.push(text.slice(quote, end));
    at = end;
  }
  return parts.join('');
}

/** Index after the closing quote of the string that begins at `from`. */
function stringEnd(text: string, from: number): number {
  for (let quote = text.indexOf('"', from + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text[quote - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return quote + 1;
  }
  return text.length;
}
