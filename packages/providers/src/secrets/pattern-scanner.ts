/** Shorter patterns may stand anywhere by chance. */
const SHORTEST_PATTERN = 6;
/** Of the table that tells at which bytes a pattern could begin. */
const FILTER_SIZE = 4_096;

interface Pattern {
  readonly bytes: Buffer;
  /** Of Knuth, Morris and Pratt: how much of the pattern still fits where its next byte does not. */
  readonly fallbacks: Int32Array;
}

/** Patterns made ready to be searched for, all of them in one pass. */
export class PatternSet {
  readonly patterns: readonly Pattern[];
  readonly longest: number;
  /** By their first six bytes as a number: indexes of the patterns that begin so. */
  readonly heads: ReadonlyMap<number, readonly number[]>;
  /** Shorter beginnings as numbers, by their length. */
  readonly beginnings: readonly ReadonlySet<number>[];
  /** By a hash of the fifth and sixth byte: whether any pattern has such ones. */
  readonly filter = new Uint8Array(FILTER_SIZE);

  /** Equal ones count once, shorter ones than six bytes not at all. */
  constructor(texts: readonly Buffer[]) {
    const distinct = new Map(texts.map((bytes) => [bytes.toString('latin1'), bytes]));
    const usable = [...distinct.values()].filter(({ length }) => length >= SHORTEST_PATTERN);
    this.patterns = usable.map((bytes) => ({ bytes, fallbacks: fallbacksOf(bytes) }));
    this.longest = Math.max(0, ...usable.map(({ length }) => length));
    const heads = new Map<number, number[]>();
    usable.forEach((bytes, index) => {
      const head = bytes.readUIntBE(0, SHORTEST_PATTERN);
      heads.set(head, [...(heads.get(head) ?? []), index]);
      this.filter[filterIndex(bytes[4] ?? 0, bytes[5] ?? 0)] = 1;
    });
    this.heads = heads;
    this.beginnings = Array.from(
      { length: SHORTEST_PATTERN },
      (_, length) => new Set(length === 0 ? [] : usable.map((bytes) => bytes.readUIntBE(0, length))),
    );
  }
}

const filterIndex = (fifth: number, sixth: number): number => ((fifth << 4) ^ sixth) & (FILTER_SIZE - 1);

function fallbacksOf(pattern: Buffer): Int32Array {
  const fallbacks = new Int32Array(pattern.length + 1);
  let length = 0;
  for (let index = 1; index < pattern.length; index += 1) {
    while (length > 0 && pattern[index] !== pattern[length]) length = fallbacks[length] ?? 0;
    if (pattern[index] === pattern[length]) length += 1;
    fallbacks[index + 1] = length;
  }
  return fallbacks;
}

/** Is told where in the text a pattern stands. */
export type Found = (start: number, end: number) => void;

/**
 * Searches for all patterns in a text that comes byte by byte. Each byte costs the same, whatever the text is, but for
 * patterns that have begun: only those are compared. The bytes may be decoded ones, so each comes with where it begins
 * in the text.
 */
export class PatternScanner {
  /** Begins of the last bytes, by their number modulo the length. */
  readonly #starts: Float64Array;
  #count = 0;
  #high = 0;
  #low = 0;
  /** Of patterns that have begun: how much of each is there. */
  readonly #begun = new Map<number, number>();

  constructor(
    private readonly set: PatternSet,
    private readonly found: Found,
  ) {
    this.#starts = new Float64Array(Math.max(set.longest, SHORTEST_PATTERN));
  }

  /** A match that may still be under way begins here or later; null: none is. */
  get pendingFrom(): number | null {
    if (this.set.patterns.length === 0 || this.#count === 0) return null;
    const back = Math.max(this.#shortBeginning(), ...this.#begun.values());
    return back === 0 ? null : this.#startOf(this.#count - back);
  }

  /** How many of the last bytes, less than six, a pattern begins with. */
  #shortBeginning(): number {
    const last = this.#high * 0x1000000 + this.#low;
    for (let length = Math.min(this.#count, SHORTEST_PATTERN - 1); length > 0; length -= 1) {
      if (this.set.beginnings[length]?.has(last % 256 ** length) === true) return length;
    }
    return 0;
  }

  push(byte: number, start: number, end: number): void {
    if (this.set.patterns.length === 0) return;
    this.#starts[this.#count % this.#starts.length] = start;
    this.#count += 1;
    if (this.#begun.size > 0) this.#goOn(byte, end);
    const fifth = this.#low & 0xff;
    this.#high = ((this.#high << 8) | (this.#low >>> 16)) & 0xffffff;
    this.#low = ((this.#low << 8) | byte) & 0xffffff;
    if (this.set.filter[filterIndex(fifth, byte)] === 0 || this.#count < SHORTEST_PATTERN) return;
    for (const index of this.set.heads.get(this.#high * 0x1000000 + this.#low) ?? []) {
      // Where it has begun before, that was more of it.
      if (!this.#begun.has(index)) this.#has(index, SHORTEST_PATTERN, end);
    }
  }

  #goOn(byte: number, end: number): void {
    for (const [index, length] of this.#begun) {
      const pattern = this.set.patterns[index];
      if (pattern === undefined) continue;
      let fits = length;
      while (fits > 0 && pattern.bytes[fits] !== byte) fits = pattern.fallbacks[fits] ?? 0;
      if (pattern.bytes[fits] === byte) fits += 1;
      if (fits < SHORTEST_PATTERN) this.#begun.delete(index);
      else this.#has(index, fits, end);
    }
  }

  #has(index: number, length: number, end: number): void {
    const { bytes, fallbacks } = this.set.patterns[index] as Pattern;
    if (length < bytes.length) {
      this.#begun.set(index, length);
      return;
    }
    this.found(this.#startOf(this.#count - length), end);
    const left = fallbacks[length] ?? 0;
    if (left < SHORTEST_PATTERN) this.#begun.delete(index);
    else this.#begun.set(index, left);
  }

  #startOf(count: number): number {
    return this.#starts[count % this.#starts.length] ?? 0;
  }
}
