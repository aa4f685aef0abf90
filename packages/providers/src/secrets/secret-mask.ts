import { asDecoded, decodeEscapes, EscapeDecoder } from './escape-decoder.js';
import { PatternScanner, PatternSet } from './pattern-scanner.js';
import { secretForms, type SecretBearer } from './secret-forms.js';

/** From and to, in bytes. */
export type Span = readonly [start: number, end: number];

const STAR = 0x2a;
const NOTHING = Buffer.alloc(0);
/** A secret that goes on for longer, in escapes and line breaks, is not waited for. */
const MOST_WAITING_BYTES = 256 * 1024;
/** What may hide the beginning of a secret: an escape, or what is left out of it. */
const HIDING = String.raw`[%&\\\n\r\0]`;

/** What is searched for: as it stands, and without escapes on either side. */
interface Patterns {
  readonly plain: PatternSet;
  readonly decoded: PatternSet;
}

/**
 * Finds the secrets of one endpoint in what it answers: its key and the values of its headers in each form in which we
 * send them, and in their usual escapes. Make one for each endpoint and keep it: nothing is compiled before it is
 * needed.
 */
export class SecretMask {
  #patterns: Patterns | null = null;
  #suspicious: RegExp | null = null;
  #texts: readonly string[] | null = null;

  /** No text with fewer bytes holds a secret. */
  readonly shortest: number;

  /** Of bytes to be searched for. */
  constructor(private readonly forms: readonly Buffer[]) {
    this.shortest = Math.min(...forms.map(({ length }) => length));
  }

  /** Nothing could be found. */
  get isEmpty(): boolean {
    return this.forms.length === 0;
  }

  /** The same bytes with stars in place of each secret: as many, so that what is said of their length stays true. */
  bytes(text: Buffer): Buffer {
    const spans = this.find(text);
    if (spans.length === 0) return text;
    const masked = Buffer.from(text);
    for (const [start, end] of spans) masked.fill(STAR, start, end);
    return masked;
  }

  /** The text with stars in place of each secret. */
  stars(text: string): string {
    if (!this.mayHold(text)) return text;
    const bytes = Buffer.from(text);
    const masked = this.bytes(bytes);
    return masked === bytes ? text : masked.toString();
  }

  /** The text with `replacement` in place of each secret; the same one where it holds none. */
  text(text: string, replacement: string): string {
    if (!this.mayHold(text)) return text;
    const bytes = Buffer.from(text);
    const spans = this.find(bytes);
    if (spans.length === 0) return text;
    let [masked, at] = ['', 0];
    for (const [start, end] of spans) {
      masked += bytes.toString('utf8', at, start) + replacement;
      at = end;
    }
    return masked + bytes.toString('utf8', at);
  }

  /** Cheap, and rather true: for what is asked with every answer. */
  mayHold(text: string): boolean {
    if (this.isEmpty) return false;
    this.#suspicious ??= suspicion(this.forms);
    return this.#suspicious.test(text);
  }

  /** The word is the beginning or the end of a secret, of which a server hid the rest. */
  isEndOfSecret(word: string, shortest: number): boolean {
    if (word.length < shortest) return false;
    this.#texts ??= this.forms.map((form) => form.toString()).filter((text) => !/^(?:Bearer|Basic) /.test(text));
    return this.#texts.some((text) => text.startsWith(word) || text.endsWith(word));
  }

  /** Where secrets stand, in order and apart from each other. */
  find(text: Buffer): Span[] {
    const spans: Span[] = [];
    const search = this.#search((start, end) => spans.push([start, end]));
    search.push(text, 0);
    search.end();
    return joined(spans);
  }

  /** Masks a text that comes in parts. */
  stream(): MaskStream {
    return new MaskStream((found) => this.#search(found));
  }

  #search(found: (start: number, end: number) => void): Search {
    // A secret may itself hold what looks like an escape: "%41" is read as "A" where all of it is written out, and as
    // it stands where each of its characters is an escape of its own.
    this.#patterns ??= {
      plain: new PatternSet(this.forms),
      decoded: new PatternSet([...this.forms.map(decodeEscapes), ...this.forms.map(asDecoded)]),
    };
    return new Search(this.#patterns, found);
  }
}

/** For words that are not an endpoint's. */
export const NO_SECRETS = new SecretMask([]);

/** What is looked for in an endpoint's answers. */
export interface EndpointMasks {
  /** In errors, headers and whatever else is told of it. */
  readonly words: SecretMask;
  /** In the names that it gives to its models and to itself: a secret that looks like a word is none there. */
  readonly names: SecretMask;
}

const masks = new WeakMap<SecretBearer, EndpointMasks>();

/** The same for as long as the endpoint is held. */
export function endpointMasks(endpoint: SecretBearer): EndpointMasks {
  const known = masks.get(endpoint);
  if (known !== undefined) return known;
  const made = {
    words: new SecretMask(secretForms(endpoint, { inNames: false })),
    names: new SecretMask(secretForms(endpoint, { inNames: true })),
  };
  masks.set(endpoint, made);
  return made;
}

/** One pass over a text, whose parts it is given in order. */
class Search {
  readonly #plain: PatternScanner;
  readonly #decoded: PatternScanner;
  readonly #decoder: EscapeDecoder;
  #at = 0;

  constructor({ plain, decoded }: Patterns, found: (start: number, end: number) => void) {
    this.#plain = new PatternScanner(plain, found);
    this.#decoded = new PatternScanner(decoded, found);
    this.#decoder = new EscapeDecoder((byte, start, end) => this.#decoded.push(byte, start, end));
  }

  /** What may still become a secret begins here. */
  get pendingFrom(): number {
    const places = [this.#plain.pendingFrom, this.#decoded.pendingFrom, this.#decoder.openAt];
    return Math.min(this.#at, ...places.filter((place) => place !== null));
  }

  push(part: Buffer, from: number): void {
    for (let index = from; index < part.length; index += 1) {
      const byte = part[index] ?? 0;
      const start = this.#at;
      this.#at += 1;
      this.#plain.push(byte, start, this.#at);
      this.#decoder.push(byte, start, this.#at);
    }
  }

  end(): void {
    this.#decoder.end();
  }
}

/** Masks a text that comes in parts, cut anywhere: what may be the beginning of a secret waits for the next part. */
export class MaskStream {
  #spans: Span[] = [];
  #search: Search;
  /** What waits, and where in the text it begins. */
  #waiting: Buffer = NOTHING;
  #waitingAt = 0;
  /** Where the search began. */
  #offset = 0;

  constructor(private readonly open: (found: (start: number, end: number) => void) => Search) {
    this.#search = this.#begin();
  }

  /** What of these bytes, and of those before, goes on now. */
  push(part: Buffer): Buffer {
    if (part.length === 0) return NOTHING;
    const bytes = Buffer.concat([this.#waiting, part]);
    this.#search.push(bytes, this.#waiting.length);
    const pendingFrom = this.#offset + this.#search.pendingFrom - this.#waitingAt;
    if (bytes.length - pendingFrom <= MOST_WAITING_BYTES) return this.#release(bytes, pendingFrom);
    const all = this.#release(bytes, bytes.length);
    this.#search = this.#begin();
    return all;
  }

  /** What is left. */
  end(): Buffer {
    this.#search.end();
    return this.#release(this.#waiting, this.#waiting.length);
  }

  #begin(): Search {
    const offset = this.#waitingAt;
    this.#offset = offset;
    return this.open((start, end) => this.#spans.push([offset + start, offset + end]));
  }

  #release(bytes: Buffer, length: number): Buffer {
    for (const [start, end] of this.#spans) {
      bytes.fill(STAR, Math.max(0, start - this.#waitingAt), Math.max(0, end - this.#waitingAt));
    }
    this.#spans = [];
    this.#waiting = bytes.subarray(length);
    this.#waitingAt += length;
    return bytes.subarray(0, length);
  }
}

/** Overlapping ones as one, in order. */
function joined(spans: readonly Span[]): Span[] {
  const result: [number, number][] = [];
  for (const [start, end] of spans.toSorted(([one], [other]) => one - other)) {
    const last = result.at(-1);
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end);
    else result.push([start, end]);
  }
  return result;
}

/** Matches whatever holds the beginning of a form, or of an escape. */
function suspicion(forms: readonly Buffer[]): RegExp {
  const heads = new Set(forms.map((form) => form.toString('utf8').slice(0, 4)));
  const alternatives = [...heads].map((head) =>
    head.replace(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`).replaceAll(' ', '[ +]'),
  );
  return new RegExp([HIDING, ...alternatives].join('|'));
}
