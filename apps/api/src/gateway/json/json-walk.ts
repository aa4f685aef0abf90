// Finds values in bytes of JSON without parsing what lies around them: 32 MB of empty objects would hold the event loop
// for seconds and take gigabytes. Everything here is a generator that yields after some bytes: see `inTurns`.
import { setImmediate as nextTurn } from 'node:timers/promises';

/** A value in the bytes: [start, end). */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Why an answer cannot be read, in words for the caller. */
export class UnreadableJson extends Error {}

/** Bytes that are looked at before others have their turn: about a millisecond. */
const TURN_BYTES = 256 * 1024;
/** Of one object. Those that are looked for have some ten. */
const MOST_FIELDS = 1_000;
/** Of one list: no batch of embeddings has as many. */
const MOST_ITEMS = 100_000;
const LONGEST_KEY = 128;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;

/** Runs what yields, and lets others have their turn each time it does. */
export async function inTurns<T>(steps: Generator<void, T>): Promise<T> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await nextTurn();
  }
}

/** Walks through one text of JSON. Its methods throw `UnreadableJson`. */
export class JsonWalk {
  /** Objects, lists and entries of them that were passed over so far. */
  entries = 0;
  #turnEnds = TURN_BYTES;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** The first byte that is no blank, from there on. */
  *skipBlanks(from: number): Generator<void, number> {
    let at = from;
    for (let byte = this.#bytes[at]; isBlank(byte); byte = this.#bytes[at]) {
      at += 1;
      if (at > this.#turnEnds) yield* this.#endTurn(at);
    }
    return at;
  }

  /**
   * The fields of the object that begins there, by name: of one that stands there twice the last, as `JSON.parse` has
   * it.
   */
  *fields(start: number): Generator<void, ReadonlyMap<string, Range>> {
    if (this.#bytes[start] !== OPEN_BRACE) throw notJson();
    const found = new Map<string, Range>();
    let count = 0;
    let at = yield* this.skipBlanks(start + 1);
    if (this.#bytes[at] === CLOSE_BRACE) return found;
    for (;;) {
      const keyEnd = yield* this.#stringEnd(at);
      const key = this.#keyOf(at, keyEnd);
      at = yield* this.skipBlanks(keyEnd);
      if (this.#bytes[at] !== COLON) throw notJson();
      at = yield* this.skipBlanks(at + 1);
      const end = yield* this.valueEnd(at);
      count += 1;
      if (count > MOST_FIELDS) throw tooIntricate();
      if (key !== null) found.set(key, { start: at, end });
      at = yield* this.skipBlanks(end);
      if (this.#bytes[at] === CLOSE_BRACE) return found;
      if (this.#bytes[at] !== COMMA) throw notJson();
      at = yield* this.skipBlanks(at + 1);
    }
  }

  /** The items of the list that begins there; `most`: no more than these are wanted. */
  *items(start: number, most = MOST_ITEMS): Generator<void, readonly Range[]> {
    if (this.#bytes[start] !== OPEN_BRACKET) throw notJson();
    const found: Range[] = [];
    let at = yield* this.skipBlanks(start + 1);
    if (this.#bytes[at] === CLOSE_BRACKET) return found;
    for (;;) {
      const end = yield* this.valueEnd(at);
      found.push({ start: at, end });
      if (found.length === most) return found;
      if (found.length > MOST_ITEMS) throw tooIntricate();
      at = yield* this.skipBlanks(end);
      if (this.#bytes[at] === CLOSE_BRACKET) return found;
      if (this.#bytes[at] !== COMMA) throw notJson();
      at = yield* this.skipBlanks(at + 1);
    }
  }

  /** Index after the value that begins there. What lies in it is passed over by its depth and not judged. */
  *valueEnd(start: number): Generator<void, number> {
    const bytes = this.#bytes;
    // What was walked through before is walked through again: turns end where they did then.
    if (start < this.#turnEnds - TURN_BYTES) this.#turnEnds = start + TURN_BYTES;
    let depth = 0;
    let at = start;
    for (;;) {
      if (at > this.#turnEnds) yield* this.#endTurn(at);
      const byte = bytes[at];
      if (byte === undefined) throw notJson();
      if (byte === QUOTE) at = yield* this.#stringEnd(at);
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        depth += 1;
        this.entries += 1;
        at += 1;
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        depth -= 1;
        at += 1;
      } else if (depth === 0) return this.#scalarEnd(at);
      else {
        if (byte === COMMA) this.entries += 1;
        at += 1;
      }
      if (depth === 0) return at;
    }
  }

  /** Index after the closing quote. */
  *#stringEnd(start: number): Generator<void, number> {
    const bytes = this.#bytes;
    if (bytes[start] !== QUOTE) throw notJson();
    for (let at = start + 1; at < bytes.length; at += 1) {
      const byte = bytes[at];
      if (byte === QUOTE) return at + 1;
      if (byte === BACKSLASH) at += 1;
      if (at > this.#turnEnds) yield* this.#endTurn(at);
    }
    throw notJson();
  }

  #scalarEnd(start: number): number {
    // No number is as long.
    const limit = Math.min(this.#bytes.length, start + LONGEST_KEY);
    let at = start;
    for (let byte = this.#bytes[at]; at < limit && !isEnd(byte); byte = this.#bytes[at]) at += 1;
    if (at === start || at === start + LONGEST_KEY) throw notJson();
    return at;
  }

  /** Null: it is too long to be one that is looked for. */
  #keyOf(start: number, end: number): string | null {
    if (end - start > LONGEST_KEY) return null;
    return parse(this.#bytes.subarray(start, end)) as string;
  }

  *#endTurn(at: number): Generator<void, void> {
    this.#turnEnds = at + TURN_BYTES;
    yield;
  }
}

/** Throws `UnreadableJson`. */
export function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    throw notJson();
  }
}

const isBlank = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

const isEnd = (byte: number | undefined): boolean =>
  byte === undefined || byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || isBlank(byte);

// Its words may be a page of HTML: nothing of it helps the caller.
export const notJson = (): UnreadableJson => new UnreadableJson('The endpoint’s answer is not JSON.');
export const tooIntricate = (): UnreadableJson =>
  new UnreadableJson('The endpoint’s answer has too many parts to be translated.');
