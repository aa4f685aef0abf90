// Finds a few fields at the top of a JSON object without parsing it: JSON.parse of a 20 MB body takes tens of
// milliseconds and four times its memory, and printing it again would lose large integers and the order of keys.

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;

/** A JSON string in the body, and where it stands, quotes included: [start, end). */
export interface StringField {
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

export interface ScannedBody {
  /** The top-level `model` where it is a string; null where there is none. */
  readonly model: StringField | null;
  /**
   * `model` stands there twice, or in another case. Endpoints disagree on which of two counts, and those written in Go read
   * any case, so a caller could name one model to us and another to them.
   */
  readonly isModelAmbiguous: boolean;
  /** The top-level `stream` is true. */
  readonly stream: boolean;
  /** It is false: where a stream is the rule, that says more than its absence. */
  readonly refusesStream: boolean;
  /** The top-level `previous_response_id` where it is a string: what it names is at one endpoint only. */
  readonly previousResponseId: string | null;
  /** Where more fields may be put, behind the brace that the object begins with; null: `stream_options` is there, in any case. */
  readonly optionsAt: number | null;
}

/** Null where the bytes are not one JSON object as far as the scan can tell; the endpoint judges the rest. */
export function scanBody(body: Buffer): ScannedBody | null {
  let at = skipSpace(body, 0);
  if (body[at] !== OPEN_BRACE) return null;
  let optionsAt: number | null = at + 1;
  at = skipSpace(body, at + 1);
  let model: StringField | null = null;
  let stream = false;
  let refusesStream = false;
  let modelKeys = 0;
  let isModelAmbiguous = false;
  let previousResponseId: string | null = null;
  const done = (last: number) =>
    endsAfter(body, last) ? { model, isModelAmbiguous, stream, refusesStream, previousResponseId, optionsAt } : null;
  if (body[at] === CLOSE_BRACE) return done(at);
  for (;;) {
    const keyEnd = stringEnd(body, at);
    if (keyEnd === -1) return null;
    const key = mayMatter(body, at, keyEnd) ? parseString(body, at, keyEnd) : '';
    at = skipSpace(body, keyEnd);
    if (body[at] !== COLON) return null;
    at = skipSpace(body, at + 1);
    const end = valueEnd(body, at);
    if (end === -1) return null;
    const name = key?.toLowerCase();
    if (name === 'model') {
      modelKeys += 1;
      isModelAmbiguous = modelKeys > 1 || key !== 'model';
      model = stringField(body, at, end);
    } else if (key === 'stream') {
      stream = isWord(body, at, end, TRUE);
      refusesStream = isWord(body, at, end, FALSE);
    } else if (name === 'stream_options') optionsAt = null;
    else if (key === 'previous_response_id') previousResponseId = stringField(body, at, end)?.value ?? null;
    at = skipSpace(body, end);
    if (body[at] === CLOSE_BRACE) return done(at);
    if (body[at] !== COMMA) return null;
    at = skipSpace(body, at + 1);
  }
}

/** What is read as a whole: objects, lists and entries of them that a body may have, and how deep they may lie in each other. */
const MOST_ENTRIES = 250_000;
const DEEPEST = 500;

/**
 * Whether a text of JSON would become far more in memory than it is itself: 32 MB of `0,` are gigabytes once each of them has been
 * looked at. What lies too deep cannot be printed again.
 */
export function isIntricate(body: Buffer): boolean {
  let entries = 0;
  let depth = 0;
  for (let at = 0; at < body.length; at += 1) {
    const byte = body[at];
    if (byte === QUOTE) {
      const end = stringEnd(body, at);
      // It is no JSON: whoever parses it finds that out.
      if (end === -1) return false;
      at = end - 1;
    } else if (byte === COMMA) entries += 1;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      entries += 1;
      depth += 1;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth -= 1;
    if (entries > MOST_ENTRIES || depth > DEEPEST) return true;
  }
  return false;
}

/** The body with another model name, as parts to be sent one after the other: nothing else of it is touched or joined. */
export function withModel(body: Buffer, model: StringField, name: string): Buffer[] {
  return [body.subarray(0, model.start), Buffer.from(JSON.stringify(name), 'utf8'), body.subarray(model.end)];
}

/** Of `model`, `stream`, `stream_options` and `previous_response_id`, quotes included. */
const KEY_LENGTHS = new Set([7, 8, 16, 22]);
/** With every letter escaped, the longest of them has six times as many. */
const LONGEST_KEY = 2 + 6 * 20;

/** Whether a key may be one that is looked for. Decoding all of them would cost as much as the rest of the scan. */
function mayMatter(body: Buffer, start: number, end: number): boolean {
  if (KEY_LENGTHS.has(end - start)) return true;
  if (end - start > LONGEST_KEY) return false;
  for (let at = start; at < end; at += 1) if (body[at] === BACKSLASH) return true;
  return false;
}

const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');

function isWord(body: Buffer, start: number, end: number, word: Buffer): boolean {
  if (end - start !== word.length) return false;
  for (let at = 0; at < word.length; at += 1) if (body[start + at] !== word[at]) return false;
  return true;
}

function stringField(body: Buffer, start: number, end: number): StringField | null {
  const value = body[start] === QUOTE ? parseString(body, start, end) : null;
  return value === null ? null : { value, start, end };
}

function parseString(body: Buffer, start: number, end: number): string | null {
  if (isPlain(body, start + 1, end - 1)) return body.toString('latin1', start + 1, end - 1);
  try {
    return JSON.parse(body.toString('utf8', start, end)) as string;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Nothing in it is written in another way, or not allowed, in a string of JSON. */
function isPlain(body: Buffer, start: number, end: number): boolean {
  if (end - start > NEAR_BYTES) return false;
  for (let at = start; at < end; at += 1) {
    const byte = body[at] ?? 0;
    if (byte < 0x20 || byte > 0x7e || byte === BACKSLASH) return false;
  }
  return true;
}

function skipSpace(body: Buffer, from: number): number {
  let at = from;
  for (let byte = body[at]; byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09; byte = body[at]) at += 1;
  return at;
}

const endsAfter = (body: Buffer, last: number) => skipSpace(body, last + 1) === body.length;

const NEAR_BYTES = 32;

/** Index after the closing quote; -1 where `from` is no string or it does not end. Native search: base64 images are long. */
function stringEnd(body: Buffer, from: number): number {
  if (body[from] !== QUOTE) return -1;
  // Keys and names are short: a call of the native search costs more than looking at their few bytes.
  const near = Math.min(body.length, from + NEAR_BYTES);
  let quote = from + 1;
  while (quote < near && body[quote] !== QUOTE) quote += 1;
  if (quote === near) quote = body.indexOf(QUOTE, near);
  while (quote !== -1) {
    let backslashes = 0;
    while (body[quote - 1 - backslashes] === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return quote + 1;
    quote = body.indexOf(QUOTE, quote + 1);
  }
  return -1;
}

/** Index after the value that begins at `from`; -1 where it does not end. Nested values are passed over by depth. */
function valueEnd(body: Buffer, from: number): number {
  const first = body[from];
  if (first === QUOTE) return stringEnd(body, from);
  if (first !== OPEN_BRACE && first !== OPEN_BRACKET) return scalarEnd(body, from);
  let depth = 0;
  let at = from;
  while (at < body.length) {
    const byte = body[at];
    if (byte === QUOTE) {
      at = stringEnd(body, at);
      if (at === -1) return -1;
      continue;
    }
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth -= 1;
    at += 1;
    if (depth === 0) return at;
  }
  return -1;
}

function scalarEnd(body: Buffer, from: number): number {
  let at = from;
  for (let byte = body[at]; byte !== undefined; byte = body[at]) {
    if (byte === COMMA || byte === CLOSE_BRACE || byte <= 0x20) break;
    at += 1;
  }
  return at > from ? at : -1;
}
