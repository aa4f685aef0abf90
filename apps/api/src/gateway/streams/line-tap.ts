import { NO_TOKENS, type TokenCounts } from '../answers/token-counts.js';

// Reads along with Ollama's own answers: lines of JSON, or one object. Only a line that ends an answer tells something;
// it is short but for an answer in one piece, of which the end is enough.

/** Of a line. What stands before is text or vectors. */
const TAIL_BYTES = 16 * 1024;
const LF = 0x0a;
/**
 * The fields after the message, up to the end of the line: a `done` inside of a tool's arguments is not followed by it.
 * Where `context` or `logprobs` make the line long, only what follows them is seen.
 */
const LAST = /"(?:done"\s*:\s*true|total_duration"\s*:\s*\d+)\s*(?:,|$)/;
const ERROR = /^(?:ï»¿)?\s*\{\s*"error"\s*:/;

export class LineTap {
  tokens: TokenCounts = NO_TOKENS;
  isDone = false;
  hasError = false;
  #line: Buffer[] = [];
  #lineBytes = 0;

  /** The last byte ended a line. */
  get isAtLineStart(): boolean {
    return this.#lineBytes === 0;
  }

  /** The next bytes, cut anywhere. */
  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      this.#append(chunk.subarray(start, end));
      this.#read();
      start = end + 1;
    }
    this.#append(chunk.subarray(start));
  }

  /** The answer is over: its last line may lack an end. */
  end(): void {
    if (this.#lineBytes > 0) this.#read(false);
  }

  #append(part: Buffer): void {
    if (part.length === 0) return;
    this.#lineBytes += part.length;
    this.#line.push(part.length > TAIL_BYTES ? part.subarray(part.length - TAIL_BYTES) : part);
    // Without what is not needed any more: an answer in one piece may come in thousands of parts.
    if (this.#line.length > 64) this.#line = [lastOf(this.#line)];
  }

  #read(isEnded = true): void {
    const tail = lastOf(this.#line).toString('latin1');
    const isWhole = this.#lineBytes <= TAIL_BYTES;
    if (isEnded) {
      this.#line = [];
      this.#lineBytes = 0;
    }
    if (isWhole && ERROR.test(tail)) this.hasError = true;
    else if (LAST.test(lastFields(tail))) this.isDone = true;
    else if (!tail.includes('"prompt_eval_count"')) return;
    this.tokens = { input: count(tail, 'prompt_eval_count'), output: count(tail, 'eval_count') };
  }
}

function lastOf(parts: readonly Buffer[]): Buffer {
  const all = Buffer.concat(parts);
  return all.length > TAIL_BYTES ? all.subarray(all.length - TAIL_BYTES) : all;
}

/** What stands between the brace that ends the object and the one before; '' where the text does not end with one. */
function lastFields(text: string): string {
  const trimmed = text.trimEnd();
  if (!trimmed.endsWith('}')) return '';
  const fields = trimmed.slice(0, -1);
  return fields.slice(Math.max(fields.lastIndexOf('{'), fields.lastIndexOf('}')) + 1);
}

/** The last of that name: those of a tool's arguments stand before. */
function count(text: string, name: string): number | null {
  const at = text.lastIndexOf(`"${name}"`);
  const digits = at === -1 ? null : /^\s*:\s*(\d{1,15})(?![\d.eE])/.exec(text.slice(at + name.length + 2));
  return digits === null ? null : Number(digits[1]);
}
