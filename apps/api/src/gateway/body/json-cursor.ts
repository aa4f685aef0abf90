// Walks over JSON byte by byte, a part of it at a time, and makes nothing of it.

export const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** How much is walked over before somebody looks at the clock. */
const STEP_BYTES = 64 * 1024;
/** Up to here a string is walked over here: to call for help costs as much as some dozens of bytes. */
const NEAR_BYTES = 64;
/** Parsers written in Go stop at 10,000, others before. */
const DEEPEST = 5_000;

/**
 * What a byte outside of strings is. Whatever else stands there is no JSON, though some parsers take comments and NaN.
 */
const KIND = { NOTHING: 0, PLAIN: 1, COMMA: 2, QUOTE: 3, OPEN: 4, CLOSE: 5 } as const;
const KINDS = new Uint8Array(256);
for (const byte of Buffer.from(' \t\r\n:0123456789+-.eEtrufalsn')) KINDS[byte] = KIND.PLAIN;
KINDS[COMMA] = KIND.COMMA;
KINDS[QUOTE] = KIND.QUOTE;
KINDS[OPEN_BRACE] = KINDS[OPEN_BRACKET] = KIND.OPEN;
KINDS[CLOSE_BRACE] = KINDS[CLOSE_BRACKET] = KIND.CLOSE;

/** Whether a byte may stand in a number, `true`, `false` or `null`. */
export const isScalarByte = (byte: number | undefined): boolean =>
  byte !== undefined && byte > 0x20 && byte !== COLON && KINDS[byte] === KIND.PLAIN;

/** A place in JSON. After `failed` it says nothing any more. */
export class JsonCursor {
  at = 0;
  /** Objects, lists and entries of them so far. */
  entries = 0;
  /** The deepest so far. */
  deepest = 0;
  failed = false;
  readonly #open: number[] = [];
  #isInString = false;
  /** Where the next of them stands, as far as was looked for. */
  #nextQuote = -1;
  #nextBackslash = -1;

  constructor(readonly body: Buffer) {}

  skipSpace(): void {
    const { body } = this;
    let { at } = this;
    for (let byte = body[at]; byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09; byte = body[at]) {
      at += 1;
    }
    this.at = at;
  }

  /** Walks on in the string that begins here, or was begun. True: it is over, and the place is behind it. */
  walkString(): boolean {
    if (!this.#isInString) {
      this.at += 1;
      this.#isInString = true;
    }
    const { body } = this;
    const limit = this.at + STEP_BYTES;
    while (this.at < limit) {
      let { at } = this;
      for (const near = Math.min(body.length, at + NEAR_BYTES); at < near;) {
        const byte = body[at];
        if (byte === QUOTE) return this.#leaveString(at);
        at += byte === BACKSLASH ? 2 : 1;
      }
      this.at = at;
      const quote = this.#quoteFrom(at);
      if (quote === -1) return this.#fail();
      const backslash = this.#backslashFrom(at);
      if (quote < backslash) return this.#leaveString(quote);
      this.at = backslash;
    }
    return false;
  }

  /** Walks on in the object or list that begins here, or was begun. True: it is over, and the place is behind it. */
  walkNested(): boolean {
    if (this.#isInString && !this.walkString()) return false;
    const { body } = this;
    const end = Math.min(body.length, this.at + STEP_BYTES);
    let { at } = this;
    while (at < end) {
      const byte = body[at] ?? 0;
      const kind = KINDS[byte];
      at += 1;
      if (kind === KIND.PLAIN) continue;
      if (kind === KIND.COMMA) this.entries += 1;
      else if (kind === KIND.QUOTE) {
        this.at = at - 1;
        if (!this.walkString()) return false;
        at = this.at;
      } else if (kind === KIND.OPEN) {
        this.entries += 1;
        this.#open.push(byte);
        if (this.#open.length > this.deepest) this.deepest = this.#open.length;
        if (this.deepest > DEEPEST) return this.#fail();
        // A bracket and the one that closes it are two apart.
      } else if (kind === KIND.NOTHING || byte - (this.#open.pop() ?? 0) !== 2) return this.#fail();
      else if (this.#open.length === 0) {
        this.at = at;
        return true;
      }
    }
    this.at = at;
    return at >= body.length ? this.#fail() : false;
  }

  #leaveString(quote: number): true {
    this.at = quote + 1;
    this.#isInString = false;
    return true;
  }

  #quoteFrom(at: number): number {
    if (this.#nextQuote < at) this.#nextQuote = this.body.indexOf(QUOTE, at);
    return this.#nextQuote;
  }

  /** Behind everything where there is none. */
  #backslashFrom(at: number): number {
    if (this.#nextBackslash < at) {
      const found = this.body.indexOf(BACKSLASH, at);
      this.#nextBackslash = found === -1 ? this.body.length : found;
    }
    return this.#nextBackslash;
  }

  #fail(): true {
    this.failed = true;
    this.at = this.body.length;
    return true;
  }
}
