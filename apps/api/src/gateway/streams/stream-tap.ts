import { NO_TOKENS, tokensOf, type TokenCounts } from '../answers/token-counts.js';
import { JsonTap } from './json-tap.js';

// Reads along with a stream of events (WHATWG HTML, section 9.2) that goes to a caller untouched. It must cost next to
// nothing for each chunk, so events are parsed only where their text shows that they have something to tell.

/**
 * Of one line that is read as a whole. Of a longer one, a picture or a whole answer, the beginning is, and its token
 * counts.
 */
const LONGEST_LINE = 64 * 1024;
/**
 * Of comments and empty lines in a row, in bytes: some servers send one every few seconds while they think. Those that
 * do nothing else keep a core busy.
 */
const LONGEST_SILENCE = 1024 * 1024;
const LF = 0x0a;
const CR = 0x0d;
const BYTE_ORDER_MARK = 'ï»¿';

/** What a stream of chat or text completions has shown so far. */
export class StreamTap {
  /** `data: [DONE]`: the endpoint says that nothing more comes. Some send it after an error as well. */
  isDone = false;
  /** A choice named its `finish_reason`. */
  isFinished = false;
  /** An event was an error. */
  hasError = false;
  tokens: TokenCounts = NO_TOKENS;
  /** Begun in an earlier chunk; null: too long, skipped up to its end. */
  #line: string | null = '';
  /** Reads the data of a line that is too long; null: it has none. */
  #long: JsonTap | null = null;
  #isFirstLine = true;
  /** Bytes since the last line with data. */
  #silence = 0;

  /** It goes on without end and tells nothing. */
  get isFlood(): boolean {
    return this.#silence > LONGEST_SILENCE;
  }

  /** The next bytes, cut anywhere: inside a character, a line or between CR and LF. */
  push(chunk: Buffer): void {
    // Latin-1 keeps each byte a character: everything that is looked for is ASCII, and nothing can be cut in two.
    let start = 0;
    let hasLooked = false;
    // A lone CR ends a line too, but hardly anybody sends one.
    const nextEnd = chunk.includes(CR) ? lineEnd : lineFeed;
    for (let end = nextEnd(chunk, 0); end !== -1; end = nextEnd(chunk, start)) {
      this.#append(chunk, start, end);
      this.#endLine();
      start = end + 1;
      // At the first line that begins in this chunk.
      if (nextEnd === lineFeed && !hasLooked) {
        hasLooked = true;
        start = this.#skipQuiet(chunk, start);
      }
    }
    this.#append(chunk, start, chunk.length);
  }

  /**
   * Skips the whole lines of the chunk before the first that has something to tell: nearly all of a stream has nothing,
   * and looking through them at once costs a fraction of looking at each. Gives where to go on.
   */
  #skipQuiet(chunk: Buffer, start: number): number {
    const end = chunk.lastIndexOf(LF) + 1;
    if (this.#isFirstLine || end - start < WORTH_A_LOOK) return start;
    const lines = chunk.toString('latin1', start, end);
    const telling = lines.search(TELLING);
    const quiet = telling === -1 ? lines.length : lines.lastIndexOf('\n', telling) + 1;
    const data = lines.lastIndexOf('\ndata:', quiet - 1);
    const hasData = data !== -1 || (quiet > 0 && lines.startsWith('data:'));
    this.#silence = hasData ? 0 : this.#silence + quiet;
    return start + quiet;
  }

  /** The stream is over: its last line may lack an end. */
  end(): void {
    this.#endLine();
  }

  #append(chunk: Buffer, start: number, end: number): void {
    if (start === end) return;
    this.#silence += end - start;
    if (this.#line === null) this.#long?.push(chunk.subarray(start, end));
    else if (this.#line.length + end - start <= LONGEST_LINE) this.#line += chunk.toString('latin1', start, end);
    else this.#beginLong(this.#line, chunk.subarray(start, end));
    if (this.#long !== null) this.#silence = 0;
  }

  #beginLong(before: string, rest: Buffer): void {
    this.#line = null;
    const start = this.#withoutMark(before.slice(0, LONGEST_START) + rest.toString('latin1', 0, LONGEST_START));
    if (!start.startsWith('data:')) return;
    this.#readResponse(start);
    this.#long = new JsonTap();
    this.#long.push(Buffer.from(before, 'latin1'));
    this.#long.push(rest);
  }

  #endLine(): void {
    this.#silence += 1;
    if (this.#line !== null && this.#line !== '') this.#read(this.#withoutMark(this.#line));
    if (this.#long !== null) {
      const { tokens } = this.#long;
      if (tokens !== NO_TOKENS) this.tokens = tokens;
      this.#long = null;
      this.#silence = 0;
    }
    if (this.#line !== '') this.#isFirstLine = false;
    this.#line = '';
  }

  #withoutMark(line: string): string {
    return this.#isFirstLine && line.startsWith(BYTE_ORDER_MARK) ? line.slice(BYTE_ORDER_MARK.length) : line;
  }

  #read(line: string): void {
    if (ERROR_EVENT.test(line)) this.hasError = true;
    if (!line.startsWith('data:')) return;
    if (line.length > EMPTY_DATA) this.#silence = 0;
    if (line.includes('"finish_reason"') && FINISHED.test(line)) this.isFinished = true;
    if (line.includes('"response.')) this.#readResponse(line);
    const mayCount = line.includes('"usage"') && !/"usage"\s*:\s*null/.test(line);
    if (mayCount || line.includes('"error"')) this.#parse(line.slice('data:'.length));
    else if (line.length < LONGEST_DONE && line.slice('data:'.length).trim() === '[DONE]') this.isDone = true;
  }

  #readResponse(line: string): void {
    const [, how] = RESPONSE_OVER.exec(line) ?? [];
    if (how === undefined) return;
    this.isFinished = true;
    if (how === 'failed') this.hasError = true;
  }

  #parse(text: string): void {
    const event = parseObject(text);
    if (event === null) return;
    const { error, type, object } = event;
    if ((error !== undefined && error !== null) || type === 'error' || object === 'error') this.hasError = true;
    this.tokens = tokensOf(event) ?? this.tokens;
  }
}

/** The name of an event that is one. */
const ERROR_EVENT = /^event: ?error\s*$/;
/** Bytes of lines below which each is looked at by itself. */
const WORTH_A_LOOK = 256;
/** What `#read` looks for, in any of the lines. */
const TELLING =
  /"finish_reason"\s*:\s*"[^"]|"usage"(?!\s*:\s*null)|"error"|"response\.|\[DONE\]|^event: ?error|^data: ?$/m;

/** `data:` and a blank, of an event that has no data. */
const EMPTY_DATA = 'data: '.length;
/** `[DONE]` with the blanks that some servers put around it. */
const LONGEST_DONE = 256;
/** Enough to see of which kind a long line is. */
const LONGEST_START = 512;
/** Responses have these events instead of `[DONE]`. */
const RESPONSE_OVER = /"type"\s*:\s*"response\.(completed|incomplete|failed|cancelled)"/;
const FINISHED = /"finish_reason"\s*:\s*"[^"]/;

const lineFeed = (chunk: Buffer, from: number): number => (chunk[from] === LF ? from : chunk.indexOf(LF, from));

/** The next CR or LF; the empty line between those of CR LF is no line of its own for anybody here. */
function lineEnd(chunk: Buffer, from: number): number {
  if (chunk[from] === CR) return from;
  const lf = lineFeed(chunk, from);
  // The CR is looked for only up to the LF.
  const cr = chunk.subarray(from, lf === -1 ? chunk.length : lf).indexOf(CR);
  return cr === -1 ? lf : from + cr;
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    // Not ours to judge: the bytes are on their way as they are.
    return null;
  }
}
