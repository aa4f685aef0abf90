import { QUOTE } from './json-cursor.js';

// Strings of a body in JSON, read where they stand: [start, end), quotes included.

const BACKSLASH = 0x5c;
/** Bytes of a string with escapes or with letters beyond ASCII. Nothing that is looked for is longer. */
const LONGEST_ODD = 1_000;
/** Bytes of the keys that are looked for. */
const LONGEST_NAME = 40;
/** Bytes of the values that are looked for. */
const LONGEST_VALUE = 8 * 1024;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** A string in the body, and where it stands. */
export interface StringField {
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/**
 * The key that stands there, quotes included; '' where it is longer than all that are looked for; null: parsers
 * disagree on what it says.
 */
export function keyName(body: Buffer, start: number, end: number): string | null {
  let isPlain = true;
  const length = end - start - 2;
  const looked = Math.min(end - 1, start + 1 + LONGEST_ODD);
  for (let at = start + 1; at < looked; at += 1) {
    const byte = body[at] ?? 0;
    if (byte < 0x20) return null;
    if (byte > 0x7e || byte === BACKSLASH) isPlain = false;
  }
  if (isPlain && length <= LONGEST_ODD) return length > LONGEST_NAME ? '' : body.toString('latin1', start + 1, end - 1);
  if (length > LONGEST_ODD) return null;
  const key = parseString(body, start, end);
  return key === null || LONE_SURROGATE.test(key) || key.includes('\0') ? null : key;
}

/** Whether exactly this word stands there. */
export function isWord(body: Buffer, start: number, end: number, word: Buffer): boolean {
  if (end - start !== word.length) return false;
  for (let at = 0; at < word.length; at += 1) if (body[start + at] !== word[at]) return false;
  return true;
}

/** Null: it is no string, too long, or parsers disagree on what it says. */
export function stringField(body: Buffer, start: number, end: number): StringField | null {
  const value = body[start] === QUOTE && end - start <= LONGEST_VALUE ? parseString(body, start, end) : null;
  return value === null || LONE_SURROGATE.test(value) ? null : { value, start, end };
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

/** Every byte between the quotes is the character that it stands for. */
function isPlain(body: Buffer, start: number, end: number): boolean {
  if (end - start > LONGEST_ODD) return false;
  for (let at = start; at < end; at += 1) {
    const byte = body[at] ?? 0;
    if (byte < 0x20 || byte > 0x7e || byte === BACKSLASH) return false;
  }
  return true;
}
