import { countsIn, NO_TOKENS, type TokenCounts } from '../answers/token-counts.js';

/** `usage` has some hundred bytes. What is longer is none, and is not kept. */
const LONGEST_USAGE = 16 * 1024;
const KEY = Buffer.from('"usage"');
const NOTHING = Buffer.alloc(0);
/** Of the beginning of the answer, where an error stands. */
const LONGEST_HEAD = 256;
const ERROR = /^(?:ï»¿)?\s*\{\s*(?:"error"\s*:\s*[^\sn]|"(?:object|type)"\s*:\s*"error")/;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/**
 * Reads the token counts of an answer in one piece of JSON, wherever they stand in it, and whether it begins as an
 * error. It keeps next to nothing of the answer and looks only for one key: inside of a text its quotes would be
 * escaped.
 */
export class JsonTap {
  /** Of the last `usage` that counts tokens. */
  tokens: TokenCounts = NO_TOKENS;
  #head: string | null = '';
  #hasError = false;
  /** What may be the beginning of the key. */
  #held: Buffer = NOTHING;
  /** Of the key that was found last. */
  #value: ObjectAfterKey | null = null;

  /** The answer is an error, under whatever status. */
  get hasError(): boolean {
    return this.#hasError;
  }

  /** The next bytes, cut anywhere. */
  push(chunk: Buffer): void {
    if (this.#head !== null) this.#readHead(chunk);
    const data = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = NOTHING;
    for (let from = this.#readValue(data, 0); from !== null;) {
      const at = data.indexOf(KEY, from);
      if (at === -1) {
        this.#held = data.subarray(Math.max(from, data.length - KEY.length + 1));
        return;
      }
      this.#value = new ObjectAfterKey();
      from = this.#readValue(data, at + KEY.length);
    }
  }

  /** Where to look for the key again; null: the value goes on in the next bytes. */
  #readValue(data: Buffer, from: number): number | null {
    const value = this.#value;
    if (value === null) return from;
    const end = value.push(data, from);
    if (end === null) return null;
    this.#value = null;
    if (value.text !== null) this.#read(value.text);
    return end;
  }

  #readHead(chunk: Buffer): void {
    const head = ((this.#head ?? '') + chunk.toString('latin1', 0, LONGEST_HEAD)).trimStart();
    this.#hasError = ERROR.test(head);
    this.#head = this.#hasError || head.length >= LONGEST_HEAD ? null : head;
  }

  #read(text: string): void {
    try {
      this.tokens = countsIn(JSON.parse(text)) ?? this.tokens;
    } catch {
      // Not ours to judge: the bytes are on their way as they are.
    }
  }
}

/** The object behind a key and its colon, byte by byte, each of which is looked at once. */
class ObjectAfterKey {
  /** Once its end is seen; null: there is none, or it is too long to be a `usage`. */
  text: string | null = null;
  #stage: 'COLON' | 'BRACE' | 'OBJECT' = 'COLON';
  #bytes = 0;
  #parts: Buffer[] = [];
  #depth = 0;
  #isInString = false;
  #isEscaped = false;

  /** Where it ends in these bytes, or where it is plain that there is none; null: not yet. */
  push(data: Buffer, from: number): number | null {
    for (let at = from; at < data.length; at += 1) {
      this.#bytes += 1;
      if (this.#bytes > LONGEST_USAGE) return at;
      const byte = data[at] ?? 0;
      if (this.#stage === 'OBJECT') {
        if (!this.#isEndedBy(byte)) continue;
        this.text = this.#objectUpTo(data, from, at + 1);
        return at + 1;
      }
      if (isBlank(byte)) continue;
      if (byte !== (this.#stage === 'COLON' ? COLON : OPEN_BRACE)) return at;
      this.#stage = this.#stage === 'COLON' ? 'BRACE' : 'OBJECT';
      if (this.#stage === 'OBJECT') this.#depth = 1;
    }
    this.#parts.push(data.subarray(from));
    return null;
  }

  #objectUpTo(data: Buffer, from: number, end: number): string {
    const last = data.subarray(from, end);
    // It is nearly always in one piece.
    const text = (this.#parts.length === 0 ? last : Buffer.concat([...this.#parts, last])).toString('utf8');
    return text.slice(text.indexOf('{'));
  }

  #isEndedBy(byte: number): boolean {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === QUOTE) this.#isInString = !this.#isInString;
    else if (this.#isInString) this.#isEscaped = byte === BACKSLASH;
    else if (byte === OPEN_BRACE) this.#depth += 1;
    else if (byte === CLOSE_BRACE) this.#depth -= 1;
    return this.#depth === 0;
  }
}

const isBlank = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
