/** A text of JSON that is as short is parsed in a millisecond, whatever it is. */
const SHORT = 32 * 1024;
/** Objects, lists and entries of them. */
const MOST_ENTRIES = 50_000;
const DEEPEST = 500;
/** Quotes within texts: each is looked at, when it is parsed and when it is printed again. */
const MOST_ESCAPED_QUOTES = 200_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** Whether parsing a text would hold the event loop: a megabyte of empty objects takes as long as a hundred of text. */
export function isIntricateText(text: string): boolean {
  if (text.length <= SHORT) return false;
  let entries = 0;
  let depth = 0;
  let escaped = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const closing = closingQuote(text, at, MOST_ESCAPED_QUOTES - escaped);
      if (closing === null) return true;
      escaped += closing.escaped;
      at = closing.at;
    } else if (code === COMMA) entries += 1;
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      entries += 1;
      depth += 1;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth -= 1;
    if (entries > MOST_ENTRIES || depth > DEEPEST) return true;
  }
  return false;
}

/**
 * Where the text ends, and how many quotes are in it; null: more than so many. Long texts are skipped by the search of
 * the engine, which is far faster than looking at each character.
 */
function closingQuote(
  text: string,
  open: number,
  most: number,
): { readonly at: number; readonly escaped: number } | null {
  let escaped = 0;
  for (let quote = text.indexOf('"', open + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let escapes = 0;
    while (text.charCodeAt(quote - 1 - escapes) === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return { at: quote, escaped };
    escaped += 1;
    if (escaped > most) return null;
  }
  return { at: text.length, escaped };
}
