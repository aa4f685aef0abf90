// Undoes, byte by byte and in one pass, every usual way of writing a character in another form, so that a secret is
// found however a server quotes it: escapes of JSON, JavaScript and C, HTML character references, percent-encoding, and
// several of them one inside the other.

/** Is given each decoded byte, and from where to where in the text what stands for it goes. */
export type DecodedByte = (byte: number, start: number, end: number) => void;

/** Longest escape that is understood: `&#0000064;`, `\u{00e9}`. */
const LONGEST_ESCAPE = 12;
const BACKSLASH = 0x5c;
const PERCENT = 0x25;
const AMPERSAND = 0x26;
const PLUS = 0x2b;
const SPACE = 0x20;
const NUL = 0x00;
const HASH = 0x23;
const SEMICOLON = 0x3b;
const LETTER_U = 0x75;
const LETTER_X = 0x78;
const BRACE = 0x7b;
const END_BRACE = 0x7d;
const LF = 0x0a;
const CR = 0x0d;

const NAMED: ReadonlyMap<string, string> = new Map(
  Object.entries({
    amp: '&',
    lt: '<',
    gt: '>',
    quot: '"',
    apos: "'",
    sol: '/',
    bsol: '\\',
    plus: '+',
    equals: '=',
    colon: ':',
    period: '.',
    lowbar: '_',
    percnt: '%',
    num: '#',
    nbsp: ' ',
  }),
);
const LONGEST_NAME = 7;

/** More may make an escape of it. */
const OPEN = Symbol('open');

/** What the bytes of an escape so far come to: itself decoded, perhaps more of it, or no escape at all. */
type Reading = string | typeof OPEN | null;

/**
 * Reads a text in parts. Line breaks and NUL are left out (Base64 is broken into lines, UTF-16 is ASCII with NUL
 * between), a plus counts as the space that it stands for in forms, and backslashes that begin no escape are left out
 * as well. What is searched for goes through the same decoder, so it does not matter that some of this changes a plain
 * text too.
 */
export class EscapeDecoder {
  /** Bytes of an escape that has begun, and from where to where each goes: one may have been decoded before. */
  #open: number[] = [];
  #starts: number[] = [];
  #ends: number[] = [];

  constructor(private readonly onByte: DecodedByte) {}

  /** Where the escape under way begins; null where there is none. */
  get openAt(): number | null {
    return this.#starts[0] ?? null;
  }

  push(byte: number, start: number, end: number): void {
    if (this.#open.length > 0) this.#continue(byte, start, end);
    else if (byte === BACKSLASH || byte === PERCENT || byte === AMPERSAND) this.#add(byte, start, end);
    else this.#tell(byte, start, end);
  }

  /** The text is over: what looked like the beginning of an escape is none. */
  end(): void {
    while (this.#open.length > 0) if (!this.#takeReference(null)) this.#giveUp();
  }

  #add(byte: number, start: number, end: number): void {
    this.#open.push(byte);
    this.#starts.push(start);
    this.#ends.push(end);
  }

  #tell(byte: number, start: number, end: number): void {
    if (byte !== LF && byte !== CR && byte !== NUL) this.onByte(byte === PLUS ? SPACE : byte, start, end);
  }

  #continue(byte: number, start: number, end: number): void {
    if (byte === BACKSLASH && this.#open.length === 1 && this.#open[0] === BACKSLASH) {
      // Any number of them is one: servers quote what was quoted before.
      this.#ends[0] = end;
      return;
    }
    if (this.#takeReference(byte)) {
      this.push(byte, start, end);
      return;
    }
    this.#add(byte, start, end);
    const reading = readEscape(this.#open, byte);
    if (reading === OPEN) return;
    if (reading === null) {
      this.#giveUp();
      return;
    }
    this.#replace(reading, end);
  }

  /** Takes `&#45`, which pages may end without a semicolon, where `next` is no part of it. Null: the text is over. */
  #takeReference(next: number | null): boolean {
    if (!isWholeReference(this.#open, next)) return false;
    const reading = readReference(`${textOf(this.#open)};`);
    if (typeof reading !== 'string') return false;
    this.#replace(reading, this.#ends.at(-1) ?? 0);
    return true;
  }

  /** What was decoded may begin the next escape. */
  #replace(decoded: string, end: number): void {
    const [first = end] = this.#starts;
    this.#forget();
    for (let index = 0; index < decoded.length; index += 1) this.push(decoded.charCodeAt(index), first, end);
  }

  /** The first byte stands for itself; those behind it are read anew. */
  #giveUp(): void {
    const [open, starts, ends] = [this.#open, this.#starts, this.#ends];
    this.#forget();
    open.forEach((byte, index) => {
      const [start = 0, end = start] = [starts[index], ends[index]];
      if (index > 0) this.push(byte, start, end);
      else if (byte !== BACKSLASH) this.#tell(byte, start, end);
    });
  }

  #forget(): void {
    this.#open = [];
    this.#starts = [];
    this.#ends = [];
  }
}

/** The bytes decoded, as Latin-1 text. `last` is the last of them: most of what is no escape shows by it. */
function readEscape(bytes: readonly number[], last: number): Reading {
  if (bytes.length > LONGEST_ESCAPE) return null;
  switch (bytes[0]) {
    case PERCENT:
      if (bytes[1] === LETTER_U) return readPercentU(bytes, last);
      if (!isHex(last)) return null;
      return bytes.length < 3 ? OPEN : String.fromCharCode(parseInt(textOf(bytes).slice(1), 16));
    case AMPERSAND:
      if (last === SEMICOLON) return readReference(textOf(bytes));
      if (bytes[1] === HASH) return last === HASH || isHex(last) || isLetter(last) ? OPEN : null;
      return isLetter(last) && bytes.length <= LONGEST_NAME ? OPEN : null;
    default:
      return readBackslash(bytes, last);
  }
}

const textOf = (bytes: readonly number[]): string => String.fromCharCode(...bytes);
const isLetter = (byte: number): boolean => (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
const isHex = (byte: number): boolean =>
  (byte >= 0x30 && byte <= 0x39) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

/** JavaScript's `escape`: `%u002d`. */
function readPercentU(bytes: readonly number[], last: number): Reading {
  if (bytes.length === 2) return OPEN;
  if (!isHex(last)) return null;
  return bytes.length < 6 ? OPEN : character(parseInt(textOf(bytes).slice(2), 16));
}

/** It has a number, which `next` does not go on with. A semicolon would belong to it. */
function isWholeReference(bytes: readonly number[], next: number | null): boolean {
  if (bytes[0] !== AMPERSAND || bytes[1] !== HASH || next === SEMICOLON) return false;
  const isHexadecimal = ((bytes[2] ?? 0) | 0x20) === LETTER_X;
  if (bytes.length < (isHexadecimal ? 4 : 3)) return false;
  return next === null || !(isHexadecimal ? isHex(next) : isDigit(next));
}

function readReference(text: string): Reading {
  const number = /^&#(?:x([0-9a-f]+)|(\d+));$/i.exec(text);
  if (number !== null) return character(number[1] === undefined ? Number(number[2]) : parseInt(number[1], 16));
  return NAMED.get(text.slice(1, -1).toLowerCase()) ?? null;
}

function readBackslash(bytes: readonly number[], last: number): Reading {
  if (bytes.length === 2) {
    const kind = String.fromCharCode(last);
    // Octal as C, Perl and PHP write it begins with 0 to 3.
    if (kind === 'u' || kind === 'x' || (kind >= '0' && kind <= '3')) return OPEN;
    // A line break is left out; before anything else it only says that the next one stands for itself.
    return kind === 'n' || kind === 'r' ? '' : kind;
  }
  if (!isHex(last) && last !== BACKSLASH && last !== LETTER_U && last !== BRACE && last !== END_BRACE) return null;
  const text = textOf(bytes);
  if (isDigit(bytes[1] ?? 0)) {
    if (!OCTAL.test(text)) return null;
    return bytes.length < 4 ? OPEN : String.fromCharCode(parseInt(text.slice(1), 8));
  }
  const [, four, braced, two, high, low] = WHOLE_ESCAPE.exec(text) ?? [];
  if (high !== undefined && low !== undefined) {
    return character(0x10000 + ((parseInt(high, 16) - 0xd800) << 10) + (parseInt(low, 16) - 0xdc00));
  }
  if (two !== undefined) return String.fromCharCode(parseInt(two, 16));
  const digits = four ?? braced;
  if (digits !== undefined) return character(parseInt(digits, 16));
  return BEGUN_ESCAPE.test(text) ? OPEN : null;
}

const OCTAL = /^\\[0-3][0-7]{1,2}$/;
/** Characters beyond 2^16 are two halves: the first alone is not whole yet. */
const WHOLE_ESCAPE =
  /^\\(?:u((?!d[89a-f])[0-9a-f]{4})|u\{([0-9a-f]{1,6})\}|x([0-9a-f]{2})|u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2}))$/i;
const BEGUN_ESCAPE =
  /^\\(?:u[0-9a-f]{0,3}|u\{[0-9a-f]{0,6}|x[0-9a-f]{0,1}|ud[89ab][0-9a-f]{2}(?:\\(?:u[0-9a-f]{0,4})?)?)$/i;

/** In UTF-8, as Latin-1 text; null for what is no character. */
function character(code: number): string | null {
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return null;
  return Buffer.from(String.fromCodePoint(code)).toString('latin1');
}

/** What a decoder tells of the text where every character of it is written as an escape. */
export function asDecoded(text: Buffer): Buffer {
  return Buffer.from(text.map((byte) => (byte === PLUS ? SPACE : byte))).filter(
    (byte) => byte !== LF && byte !== CR && byte !== NUL,
  ) as Buffer;
}

/** The whole text decoded. */
export function decodeEscapes(text: Buffer): Buffer {
  const decoded: number[] = [];
  const decoder = new EscapeDecoder((byte) => decoded.push(byte));
  text.forEach((byte, index) => decoder.push(byte, index, index + 1));
  decoder.end();
  return Buffer.from(decoded);
}
