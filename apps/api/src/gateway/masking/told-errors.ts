import type { IncomingHttpHeaders } from 'node:http';
import type { MaskStream, SecretMask } from '@intrallm/providers';
import { NO_BYTES, type AnswerReader } from '../answers/answer-reader.js';

// An answer with a status of success is the model's, and passes byte for byte. But servers tell errors in it as well:
// as an event or a line of a stream, or as the whole of a body. Those are masked as errors of any other status are. It
// must cost next to nothing for each chunk, so lines are looked at only where a chunk holds a word that errors have.

const LF = 0x0a;
const CR = 0x0d;
/** A line that goes on for longer is judged by its beginning. */
const LONGEST_LINE = 64 * 1024;
/** Of the beginning of a body. */
const SNIFFED_BYTES = 1_024;

/** Error, error, errors; and the names under which errors stand that do not call themselves so. */
const WORDS = ['rror', '"detail"', '{"message"'].map((word) => Buffer.from(word));
/** A quote behind a backslash is one of a text that the model wrote. */
const NAMES_ERROR =
  /(?<!\\)"(?:(?:error|errors|detail)"\s*:\s*(?!null\b|\[\]|""|false\b)|(?:type|object|event)"\s*:\s*"[\w.]*(?:error|failed)\b)/;
const IS_MESSAGE = /^\s*(?:data:)?\s*\{\s*"message"\s*:\s*"/;
const LEAST_SNIFFED_BYTES = 64;
const MAY_SHOW_MORE = /^\s*(?:[{[:]|d|e|i|r|$)/;
const BEGINS_STREAM = /^\s*(?:data|event|id|retry|):/;

/** Of an answer: what it is, is not known yet; a stream, line by line; or a body that goes on as a whole. */
type Stage = 'OPEN' | 'LINES' | 'PASSES';

/** Passes an answer of success on, with the errors that are told in it masked. */
export class ToldErrors {
  #stage: Stage = 'OPEN';
  /** The whole body is an error, or the line under way is one and long. */
  #masked: MaskStream | null = null;
  /** The line under way is long and no error. */
  #isPassingLine = false;
  /** A line that has not ended yet. */
  #line: Buffer = NO_BYTES;
  /** The event under way calls itself an error. */
  #isErrorEvent = false;

  /** `isStream`: the answer is known to be a stream of events or lines; otherwise its beginning shows it. */
  constructor(
    private readonly mask: SecretMask,
    isStream: boolean,
  ) {
    if (isStream) this.#stage = 'LINES';
  }

  /** Null where the body is in an encoding that is unknown here. */
  static of(
    { 'content-encoding': encoding }: IncomingHttpHeaders,
    { isStream }: Pick<AnswerReader, 'isStream'>,
    mask: SecretMask,
  ): ToldErrors | null {
    return encoding === undefined || encoding === 'identity' ? new ToldErrors(mask, isStream) : null;
  }

  /** What of these bytes, and of those before, goes on now. */
  push(chunk: Buffer): Buffer {
    return this.#stage === 'OPEN' ? this.#begin(chunk, false) : this.#pass(chunk);
  }

  /** What is left. */
  end(): Buffer {
    const beginning = this.#stage === 'OPEN' ? this.#begin(NO_BYTES, true) : NO_BYTES;
    const line = this.#line;
    this.#line = NO_BYTES;
    if (this.#masked !== null) return Buffer.concat([beginning, this.#masked.end()]);
    return line.length === 0 ? beginning : Buffer.concat([beginning, this.#lines(line)]);
  }

  /** A few bytes do not show yet what the answer is. */
  #begin(chunk: Buffer, isOver: boolean): Buffer {
    const beginning = this.#line.length === 0 ? chunk : Buffer.concat([this.#line, chunk]);
    this.#line = NO_BYTES;
    this.#stage = this.#judgeBeginning(beginning);
    const mayShowMore =
      !isOver && beginning.length < LEAST_SNIFFED_BYTES && MAY_SHOW_MORE.test(beginning.toString('latin1'));
    if (this.#stage !== 'LINES' && this.#masked === null && mayShowMore) {
      this.#stage = 'OPEN';
      this.#line = beginning;
      return NO_BYTES;
    }
    return this.#pass(beginning);
  }

  #pass(chunk: Buffer): Buffer {
    if (this.#stage === 'LINES') return this.#pushLines(chunk);
    return this.#masked === null ? chunk : this.#masked.push(chunk);
  }

  #judgeBeginning(chunk: Buffer): Stage {
    const beginning = chunk.toString('latin1', 0, SNIFFED_BYTES);
    if (BEGINS_STREAM.test(beginning)) return 'LINES';
    const isError = /^\s*[{[]/.test(beginning) && !beginning.includes('"choices"') && isErrorText(beginning);
    if (isError) this.#masked = this.mask.stream();
    return 'PASSES';
  }

  #pushLines(chunk: Buffer): Buffer {
    const isQuick = this.#line.length === 0 && !this.#isPassingLine && this.#masked === null && !this.#isErrorEvent;
    if (isQuick && chunk[chunk.length - 1] === LF && !holdsWord(chunk)) return chunk;
    if (this.#isPassingLine || this.#masked !== null) return this.#goOnWithLine(chunk);
    const bytes = this.#line.length === 0 ? chunk : Buffer.concat([this.#line, chunk]);
    const end = Math.max(bytes.lastIndexOf(LF), bytes.lastIndexOf(CR)) + 1;
    this.#line = bytes.subarray(end);
    const whole = end === 0 ? NO_BYTES : this.#lines(bytes.subarray(0, end));
    return this.#line.length <= LONGEST_LINE ? whole : Buffer.concat([whole, this.#beginLongLine()]);
  }

  /** Of a line that is too long to wait for. */
  #beginLongLine(): Buffer {
    const line = this.#line;
    this.#line = NO_BYTES;
    if (!this.#isErrorLine(line)) {
      this.#isPassingLine = true;
      return line;
    }
    this.#masked = this.mask.stream();
    return this.#masked.push(line);
  }

  #goOnWithLine(chunk: Buffer): Buffer {
    const end = lineEnd(chunk, 0);
    if (end === -1) return this.#masked === null ? chunk : this.#masked.push(chunk);
    const rest = chunk.subarray(0, end);
    const line = this.#masked === null ? rest : Buffer.concat([this.#masked.push(rest), this.#masked.end()]);
    this.#masked = null;
    this.#isPassingLine = false;
    return Buffer.concat([line, this.#pushLines(chunk.subarray(end))]);
  }

  /** Whole lines, each masked where it is an error. */
  #lines(bytes: Buffer): Buffer {
    if (!this.#isErrorEvent && !holdsWord(bytes)) return bytes;
    const parts: Buffer[] = [];
    let start = 0;
    for (let end = lineEnd(bytes, 0); start < bytes.length; end = lineEnd(bytes, start)) {
      const next = end === -1 ? bytes.length : end + 1;
      const line = bytes.subarray(start, next);
      parts.push(this.#isErrorLine(line) ? this.mask.bytes(line) : line);
      start = next;
    }
    return Buffer.concat(parts);
  }

  /** Of an event, what follows the line that shows it is an error as well. */
  #isErrorLine(line: Buffer): boolean {
    const first = line[0];
    if (first === LF || first === CR) {
      // CR LF ends a line, and does not begin an empty one: the line before was not empty then.
      if (line.length === 1) this.#isErrorEvent = this.#isErrorEvent && this.#wasFilled && first === LF;
      this.#wasFilled = false;
      return false;
    }
    this.#wasFilled = line[line.length - 1] === CR;
    if (this.#isErrorEvent) return true;
    const text = line.toString('latin1', 0, LONGEST_LINE);
    const isError = /^event:.*(?:error|fail)/i.test(text) || isErrorText(text);
    // A line of JSON is a whole of its own.
    this.#isErrorEvent = isError && !/^\s*\{/.test(text);
    return isError;
  }

  /** The line before ended with CR, to which an LF still belongs. */
  #wasFilled = false;
}

const isErrorText = (text: string): boolean => NAMES_ERROR.test(text) || IS_MESSAGE.test(text);

const holdsWord = (bytes: Buffer): boolean => WORDS.some((word) => bytes.includes(word));

/** The next CR or LF. */
function lineEnd(bytes: Buffer, from: number): number {
  const lf = bytes.indexOf(LF, from);
  const cr = bytes.subarray(from, lf === -1 ? bytes.length : lf).indexOf(CR);
  return cr === -1 ? lf : from + cr;
}
