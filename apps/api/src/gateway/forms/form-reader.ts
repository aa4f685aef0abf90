import { AppError } from '../../errors.js';
import { unreadable, readPartHead, type PartHead } from './part-head.js';

/** What a reader of a form is told, in this order for each part. */
export interface FormEvents {
  /** `readBytes`: how long delimiter and head were where they came. */
  onPart(head: PartHead, readBytes: number): void;
  /** A piece of the part's content, as it came. */
  onContent(bytes: Buffer): void;
  /** The part is complete. */
  onPartEnd(): void;
  /** The form is complete. `readBytes`: how long the last delimiter was. */
  onEnd(readBytes: number): void;
  /** An end of line, or a part of one, behind the last delimiter. */
  onTail(bytes: Buffer): void;
}

const LONGEST_HEAD = 8 * 1024;
const MOST_PARTS = 1_000;
/** Two ends of a line. */
const LONGEST_TAIL = 4;
const HEAD_END = '\r\n\r\n';
const CR = 0x0d;
const LF = 0x0a;
const DASH = 0x2d;
const NOTHING = Buffer.alloc(0);

/**
 * Takes a form (RFC 7578) apart while it comes, cut anywhere. Whatever could be read in two ways throws BAD_USER_INPUT:
 * text before the first delimiter or behind the last, a delimiter behind a bare LF, or with anything behind it on its
 * line.
 */
export class FormReader {
  readonly #delimiter: string;
  /** What came and is not told of yet. */
  #rest: Buffer = NOTHING;
  #state: 'BEGIN' | 'DELIMITER' | 'HEAD' | 'CONTENT' | 'END' = 'BEGIN';
  #parts = 0;
  /** Nothing of the part's content has been told yet. */
  #isAtStart = false;
  #tailBytes = 0;

  constructor(
    boundary: string,
    private readonly events: FormEvents,
  ) {
    this.#delimiter = `\n--${boundary}`;
  }

  get isComplete(): boolean {
    return this.#state === 'END';
  }

  push(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (this.#step());
  }

  /** False: more has to come. */
  #step(): boolean {
    switch (this.#state) {
      case 'BEGIN':
        return this.#begin();
      case 'DELIMITER':
        return this.#afterDelimiter();
      case 'HEAD':
        return this.#head();
      case 'CONTENT':
        return this.#content();
      case 'END':
        return this.#afterEnd();
    }
  }

  #begin(): boolean {
    const first = this.#delimiter.slice(1);
    const came = this.#rest.toString('latin1', 0, Math.min(first.length, this.#rest.length));
    if (!first.startsWith(came)) {
      throw new AppError('BAD_USER_INPUT', 'The form must begin with "--" and the boundary of its content type.');
    }
    if (came.length < first.length) return false;
    this.#take(first.length);
    this.#state = 'DELIMITER';
    return true;
  }

  #afterDelimiter(): boolean {
    const [first, second] = this.#rest;
    if (first === undefined || second === undefined) return false;
    if (first === DASH && second === DASH) {
      this.#take(2);
      this.#state = 'END';
      this.events.onEnd(this.#delimiter.length + (this.#parts === 0 ? 1 : 3));
      return true;
    }
    if (first !== CR || second !== LF) {
      throw unreadable(
        'must begin with the boundary alone on its line, ended by CR LF, and may not have it in its content',
      );
    }
    this.#take(2);
    this.#state = 'HEAD';
    this.#parts += 1;
    if (this.#parts > MOST_PARTS) {
      throw new AppError('BAD_USER_INPUT', `A form may have at most ${String(MOST_PARTS)} parts.`);
    }
    return true;
  }

  #head(): boolean {
    const end = this.#rest.indexOf(HEAD_END);
    if (end > LONGEST_HEAD || (end === -1 && this.#rest.length > LONGEST_HEAD + HEAD_END.length)) {
      throw unreadable(`may have a head of at most ${String(LONGEST_HEAD)} bytes, ended by an empty line with CR LF`);
    }
    if (end === -1) return false;
    const head = readPartHead(this.#take(end).toString('latin1'));
    this.#take(HEAD_END.length);
    this.#state = 'CONTENT';
    // The line end before a delimiter belongs to it; before the first there is none.
    const delimiterBytes = this.#delimiter.length + (this.#parts === 1 ? 1 : 3);
    this.events.onPart(head, delimiterBytes + end + HEAD_END.length);
    this.#isAtStart = true;
    return true;
  }

  #content(): boolean {
    const rest = this.#rest;
    const at = rest.indexOf(this.#delimiter);
    // Some readers take the empty line above for the line end that a delimiter begins with.
    if (
      this.#isAtStart &&
      (at !== -1 || rest.length > this.#delimiter.length) &&
      rest.indexOf(this.#delimiter.slice(1)) === 0
    ) {
      throw unreadable('may not have the boundary at the beginning of its content');
    }
    if (at === -1) {
      // The beginning of a delimiter, and the CR before it, may have come already.
      const told = rest.length - this.#delimiter.length;
      if (told > 0) this.#tell(this.#take(told));
      return false;
    }
    if (at === 0 || rest[at - 1] !== CR) throw unreadable('may not have the boundary at the beginning of a line');
    if (at > 1) this.#tell(rest.subarray(0, at - 1));
    this.#take(at + this.#delimiter.length);
    this.#state = 'DELIMITER';
    this.events.onPartEnd();
    return true;
  }

  #tell(bytes: Buffer): void {
    this.#isAtStart = false;
    this.events.onContent(bytes);
  }

  #afterEnd(): boolean {
    const tail = this.#take(this.#rest.length);
    this.#tailBytes += tail.length;
    if (this.#tailBytes > LONGEST_TAIL || tail.some((byte) => byte !== CR && byte !== LF)) {
      throw new AppError('BAD_USER_INPUT', 'The form must end with its last boundary.');
    }
    if (tail.length > 0) this.events.onTail(tail);
    return false;
  }

  #take(bytes: number): Buffer {
    const taken = this.#rest.subarray(0, bytes);
    this.#rest = this.#rest.subarray(bytes);
    return taken;
  }
}
