import { NO_TOKENS, tokensOf, type TokenCounts } from '../stream-tap.js';

/** `usage` has some hundred bytes. What is longer is none, and is not kept. */
const LONGEST_USAGE = 16 * 1024;
const KEY = Buffer.from('"usage"');
const NOTHING = Buffer.alloc(0);
/** Of the beginning of the answer, where an error stands. */
const LONGEST_HEAD = 256;
const ERROR = /^(?:ï»¿)?\s*\{\s*"error"\s*:\s*[^\sn]/;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/**
 * Reads the token counts of an answer in one piece of JSON, wherever they stand in it, and whether it begins as an error. It keeps
 * next to nothing of the answer and looks only for one key: inside of a text its quotes would be escaped.
 */
export class JsonTap {
  /** Of the last `usage` that counts tokens. */
  tokens: TokenCounts = NO_TOKENS;
  #head: string | null = '';
  #hasError = false;
  /** What may be the beginning of the key, or the key with the beginning of its value. */
  #held: Buffer = NOTHING;

  /** The answer is an error, under whatever status. */
  get hasError(): boolean {
    return this.#hasError;
  }

  /** The next bytes, cut anywhere. */
  push(chunk: Buffer): void {
    if (this.#head !== null) this.#readHead(chunk);
    const data = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    let from = 0;
    for (let at = data.indexOf(KEY); at !== -1; at = data.indexOf(KEY, from)) {
      const end = valueEnd(data, at + KEY.length);
      if (end === null) {
        this.#held = data.subarray(at);
        return;
      }
      this.#read(data, at + KEY.length, end);
      from = end;
    }
    this.#held = data.subarray(Math.max(from, data.length - KEY.length + 1));
  }

  #readHead(chunk: Buffer): void {
    const head = ((this.#head ?? '') + chunk.toString('latin1', 0, LONGEST_HEAD)).trimStart();
    this.#hasError = ERROR.test(head);
    this.#head = this.#hasError || head.length >= LONGEST_HEAD ? null : head;
  }

  #read(data: Buffer, from: number, end: number): void {
    const at = data.indexOf(OPEN_BRACE, from);
    if (at === -1 || at >= end || data[end - 1] !== CLOSE_BRACE) return;
    try {
      const usage: unknown = JSON.parse(data.toString('utf8', at, end));
      this.tokens = tokensOf({ usage }) ?? this.tokens;
    } catch {
      // Not ours to judge: the bytes are on their way as they are.
    }
  }
}

/**
 * Where the object after the colon at that place ends. Where there is none, or it is too long to be a `usage`: up to where there is
 * nothing to be looked for. Null: it does not end yet.
 */
function valueEnd(data: Buffer, from: number): number | null {
  const limit = from + LONGEST_USAGE;
  const colon = skipBlanks(data, from, limit);
  if (data[colon] !== COLON) return colon === data.length ? null : colon;
  const start = skipBlanks(data, colon + 1, limit);
  if (data[start] !== OPEN_BRACE) return start === data.length ? null : start;
  let depth = 0;
  for (let at = start; at < data.length; at += 1) {
    if (at >= limit) return limit;
    const byte = data[at];
    if (byte === QUOTE) at = lastOfString(data, at);
    else if (byte === OPEN_BRACE) depth += 1;
    else if (byte === CLOSE_BRACE) depth -= 1;
    if (depth === 0) return at + 1;
  }
  return null;
}

function skipBlanks(data: Buffer, from: number, limit: number): number {
  let at = from;
  for (let byte = data[at]; byte !== undefined && byte <= 0x20 && at < limit; byte = data[at]) at += 1;
  return at;
}

/** The closing quote of the string that begins there, or the last byte where it does not end. */
function lastOfString(data: Buffer, from: number): number {
  let at = from + 1;
  while (at < data.length && data[at] !== QUOTE) at += data[at] === BACKSLASH ? 2 : 1;
  return Math.min(at, data.length);
}
