// Finds the rows of a list in its bytes without parsing the whole: JSON.parse of 32 MB is one task of seconds, and what
// a hostile list becomes in memory is a hundred times its bytes. Each row is then parsed by itself.

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const SPACE = 0x20;

/** How far the scan goes between two chances to pause. */
const STEP_BYTES = 32 * 1024;
/** Deeper than this no list of models goes. */
const DEEPEST = 64;
/** In bytes. The longest row seen describes a model in 5 kB. */
const LARGEST_ROW = 64 * 1024;
/** In bytes, of what stands beside the rows. */
const LARGEST_FIELD = 16 * 1024;
const LONGEST_KEY = 64;
const MOST_FIELDS = 100;
/** Members of the root: what has more is made to cost time. */
const MOST_MEMBERS = 10_000;

/** [start, end) of one row's JSON; null where the row is longer than `LARGEST_ROW`. */
export type RowPlace = readonly [start: number, end: number] | null;

export interface SplitList {
  /** By key of the top level; '' is the root itself, where that is an array. Null: the key is there, with null. */
  readonly lists: ReadonlyMap<string, readonly RowPlace[] | null>;
  /** What stands at the top level besides, where it is short enough to be read. */
  readonly beside: ReadonlyMap<string, unknown>;
  /** There are more rows than were asked for: the scan ended there. */
  readonly isOver: boolean;
}

/**
 * `MALFORMED`: it is no JSON. `INTRICATE`: it lies too deep, or has too many members. `NO_CONTAINER`: it is neither an
 * object nor an array.
 */
export type SplitFailure = 'MALFORMED' | 'INTRICATE' | 'NO_CONTAINER';

/**
 * Yields often, for its caller to pause at. `listKeys`: which members of the root are lists whose rows are wanted. What
 * is no JSON inside a row shows when the row is parsed.
 */
export function* splitList(
  bytes: Buffer,
  listKeys: ReadonlySet<string>,
  maxRows: number,
): Generator<undefined, SplitList | SplitFailure> {
  return yield* new Splitter(bytes, listKeys, maxRows).run();
}

class Splitter {
  readonly #lists = new Map<string, RowPlace[] | null>();
  readonly #beside = new Map<string, unknown>();
  #rows: RowPlace[] | null = null;
  #isObject = false;
  /** The key whose value is next or under way; null between values, and for keys that nobody asks for. */
  #key: string | null = null;
  #awaitsKey = false;
  /** Where the value or row under way begins; -1: none has begun. */
  #start = -1;
  #isMalformed = false;
  #members = 0;

  constructor(
    private readonly bytes: Buffer,
    private readonly listKeys: ReadonlySet<string>,
    private readonly maxRows: number,
  ) {}

  *run(): Generator<undefined, SplitList | SplitFailure> {
    const { bytes } = this;
    let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
    let nextStop = at + STEP_BYTES;
    let depth = 0;
    let isInString = false;
    let isEnded = false;
    let stringStart = 0;
    for (; at < bytes.length; at += 1) {
      if (at >= nextStop) {
        nextStop = at + STEP_BYTES;
        yield;
      }
      const byte = bytes[at] ?? 0;
      if (isInString) {
        if (byte === BACKSLASH) at += 1;
        else if (byte === QUOTE) {
          isInString = false;
          if (depth === 1 && this.#awaitsKey) this.#takeKey(stringStart, at + 1);
        }
        continue;
      }
      if (byte <= SPACE) continue;
      if (isEnded) return 'MALFORMED';
      if (depth === 0 && byte !== OPEN_BRACE && byte !== OPEN_BRACKET) return 'NO_CONTAINER';
      if (byte === QUOTE) {
        isInString = true;
        stringStart = at;
        if (!(depth === 1 && this.#awaitsKey) && this.#start === -1) this.#start = at;
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        depth += 1;
        if (depth > DEEPEST) return 'INTRICATE';
        this.#open(byte, depth, at);
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        if (this.#rows !== null && depth === this.#rowDepth) this.#endRows(at);
        depth -= 1;
        if (depth === 0) {
          if (this.#isObject !== (byte === CLOSE_BRACE)) return 'MALFORMED';
          if (this.#isObject) this.#endValue(at);
          isEnded = true;
        }
      } else if (byte === COMMA) this.#comma(depth, at);
      else if (byte === COLON && depth === 1 && this.#isObject && !this.#awaitsKey && this.#start === -1) continue;
      else if (this.#start === -1) this.#start = at;
      if (this.#isMalformed) return 'MALFORMED';
      if (this.#members > MOST_MEMBERS) return 'INTRICATE';
      if (this.#rows !== null && this.#rows.length > this.maxRows) return this.#result(true);
    }
    return isEnded ? this.#result(false) : at === 0 || depth === 0 ? 'NO_CONTAINER' : 'MALFORMED';
  }

  get #rowDepth(): number {
    return this.#isObject ? 2 : 1;
  }

  #result(isOver: boolean): SplitList {
    return { lists: this.#lists, beside: this.#beside, isOver };
  }

  #open(byte: number, depth: number, at: number): void {
    if (depth === 1) {
      this.#isObject = byte === OPEN_BRACE;
      this.#awaitsKey = this.#isObject;
      if (!this.#isObject) this.#beginRows('');
      return;
    }
    const isList = depth === 2 && this.#isObject && byte === OPEN_BRACKET && this.#start === -1;
    if (isList && this.#key !== null && this.listKeys.has(this.#key)) this.#beginRows(this.#key);
    else if (this.#start === -1) this.#start = at;
  }

  #beginRows(key: string): void {
    this.#rows = [];
    this.#lists.set(key, this.#rows);
  }

  #endRows(at: number): void {
    this.#endRow(at);
    this.#rows = null;
    this.#key = null;
  }

  #endRow(at: number): void {
    if (this.#start === -1) return;
    this.#rows?.push(at - this.#start > LARGEST_ROW ? null : [this.#start, at]);
    this.#start = -1;
  }

  #comma(depth: number, at: number): void {
    if (this.#rows !== null && depth === this.#rowDepth) this.#endRow(at);
    else if (depth === 1) {
      this.#endValue(at);
      this.#awaitsKey = true;
    }
  }

  #takeKey(start: number, end: number): void {
    this.#awaitsKey = false;
    this.#members += 1;
    this.#key = end - start <= LONGEST_KEY ? String(this.#parse(start, end)) : null;
  }

  #endValue(at: number): void {
    const key = this.#key;
    if (this.#start !== -1 && key !== null) {
      if (at - this.#start <= LARGEST_FIELD && this.#beside.size < MOST_FIELDS) {
        const value = this.#parse(this.#start, at);
        if (value === null && this.listKeys.has(key)) this.#lists.set(key, null);
        else this.#beside.set(key, value);
      } else this.#beside.set(key, undefined);
    }
    this.#start = -1;
    this.#key = null;
  }

  #parse(start: number, end: number): unknown {
    try {
      return JSON.parse(this.bytes.toString('utf8', start, end)) as unknown;
    } catch {
      this.#isMalformed = true;
      return undefined;
    }
  }
}
