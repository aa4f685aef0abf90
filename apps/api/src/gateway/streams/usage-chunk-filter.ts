import { tokensOf, type TokenCounts } from '../answers/token-counts.js';
import { ObjectEnd } from '../json/object-end.js';

// Takes one kind of event out of a stream of events (WHATWG HTML, section 9.2): the chunk that tells the tokens, which
// an endpoint sends because we asked for it and not the caller. Every other byte stays as it is and in its place.

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const DATA = Buffer.from('data:');
/** What is undecided for longer is none of these chunks, which have some hundred bytes. */
const LONGEST_UNDECIDED = 16 * 1024;
/** So is what has more lines. */
const MOST_LINES = 64;
const NOTHING = Buffer.alloc(0);

/** What the data of an event shows of it so far. */
type Verdict = 'USAGE' | 'OTHER' | 'OPEN';

export class UsageChunkFilter {
  /** Of the chunk that was taken out; null: none was. */
  tokens: TokenCounts | null = null;
  /** The beginning of an event of which it is not known yet whether it stays. */
  #undecided: Buffer = NOTHING;
  /** Where in it the line under way begins. */
  #lineAt = 0;
  /** Of the undecided event: the data of its lines before. */
  #payload: string[] = [];
  /** Sees whether they are a whole object, so that they are looked at once. */
  #payloadEnd = new ObjectEnd();
  /** The line under way goes through, up to its end. */
  #isPassing = false;
  /** A chunk was just taken out: the empty line behind it goes with it. */
  #takesBlank = false;
  /** The last byte was a CR: an LF that follows belongs to it and goes the same way. */
  #afterCr = false;
  #wasTaken = false;

  /** What of these bytes, and of those before, goes on now. They may be cut anywhere. */
  push(chunk: Buffer): Buffer {
    if (chunk.length === 0) return NOTHING;
    const pass = new Passage(this.#undecided, chunk);
    const { data } = pass;
    let at = this.#undecided.length;
    let lineAt = this.#lineAt;
    if (this.#afterCr && data[at] === LF) {
      at += 1;
      if (this.#wasTaken) pass.take(at);
      else if (this.#undecided.length === 0) pass.letGo(at);
      lineAt = at;
    }
    this.#afterCr = false;
    for (let end = lineEnd(data, at); end !== -1; end = lineEnd(data, at)) {
      at = end + 1;
      if (data[end] === CR && data[at] === LF) at += 1;
      else if (data[end] === CR && at === data.length) this.#afterCr = true;
      this.#judgeLine(pass, { start: lineAt, end, next: at });
      lineAt = at;
    }
    const isComment = pass.decided === lineAt && data[lineAt] === COLON;
    if (this.#isPassing || isComment || data.length - pass.decided > LONGEST_UNDECIDED) {
      this.#isPassing = lineAt < data.length;
      this.#forgetPayload();
      pass.letGo(data.length);
    }
    this.#undecided = pass.undecided;
    this.#lineAt = Math.max(0, lineAt - pass.decided);
    return pass.gone;
  }

  /** What is left of the stream, whose last line may lack an end. */
  end(): Buffer {
    const left = this.#undecided;
    this.#undecided = NOTHING;
    const line = left.subarray(this.#lineAt);
    return isData(line) && this.#verdictOn(line) === 'USAGE' ? NOTHING : left;
  }

  #judgeLine(pass: Passage, { start, end, next }: { start: number; end: number; next: number }): void {
    const { data } = pass;
    const takesBlank = this.#takesBlank && start === end;
    this.#takesBlank = false;
    this.#wasTaken = takesBlank;
    if (takesBlank) pass.take(next);
    else if (this.#isPassing || start === end) {
      // An empty line is the end of an event.
      this.#isPassing = false;
      this.#forgetPayload();
      pass.letGo(next);
    } else if (data[start] === COLON && pass.decided === start) pass.letGo(next);
    else if (isData(data.subarray(start, end))) {
      const verdict = this.#verdictOn(data.subarray(start, end));
      if (verdict === 'OPEN') return;
      this.#forgetPayload();
      if (verdict === 'OTHER') {
        pass.letGo(next);
        return;
      }
      pass.take(next);
      this.#takesBlank = true;
      this.#wasTaken = true;
    }
  }

  #forgetPayload(): void {
    this.#payload = [];
    this.#payloadEnd = new ObjectEnd();
  }

  #verdictOn(line: Buffer): Verdict {
    // Latin-1 keeps each byte a character: everything that is looked for is ASCII.
    const text = line.toString('latin1', DATA.length);
    this.#payload.push(text);
    this.#payloadEnd.push(text);
    // Of the first line it is plain at once what is no object: a mark of the end, or words.
    if (!this.#payloadEnd.isReached) {
      return this.#payload.length <= MOST_LINES && mayBeObject(this.#payload) ? 'OPEN' : 'OTHER';
    }
    const payload = this.#payload.join('\n');
    if (!HAS_USAGE.test(payload)) return 'OTHER';
    try {
      const event: unknown = JSON.parse(payload);
      if (!isUsageChunk(event)) return 'OTHER';
      this.tokens = tokensOf(event);
      return 'USAGE';
    } catch {
      // It is no JSON, and not what we asked for.
      return 'OTHER';
    }
  }
}

const HAS_USAGE = /"usage"\s*:\s*\{/;

/** The first line that is not empty begins with a brace. */
function mayBeObject(lines: readonly string[]): boolean {
  const first = lines.find((line) => line.trim() !== '');
  return first === undefined || first.trimStart().startsWith('{');
}

/**
 * OpenAI, "include_usage": an additional chunk, whose choices are always empty. Those of Azure that are empty have no
 * usage.
 */
function isUsageChunk(event: unknown): event is Readonly<Record<string, unknown>> {
  if (typeof event !== 'object' || event === null || 'error' in event) return false;
  const { choices, usage } = event as { choices?: unknown; usage?: unknown };
  return Array.isArray(choices) && choices.length === 0 && typeof usage === 'object' && usage !== null;
}

const isData = (line: Buffer): boolean =>
  line.length >= DATA.length && line.compare(DATA, 0, DATA.length, 0, DATA.length) === 0;

/** The next CR or LF. */
function lineEnd(data: Buffer, from: number): number {
  const first = data[from];
  if (first === LF || first === CR) return from;
  const lf = data.indexOf(LF, from);
  const cr = data.subarray(from, lf === -1 ? data.length : lf).indexOf(CR);
  return cr === -1 ? lf : from + cr;
}

/** The bytes of one push, with those that waited: each goes on, is taken out, or waits. */
class Passage {
  readonly data: Buffer;
  /** What lies before is gone or taken. */
  decided = 0;
  /** Where what goes on without a gap begins. */
  #goneFrom = 0;
  readonly #gone: Buffer[] = [];

  constructor(undecided: Buffer, chunk: Buffer) {
    this.data = undecided.length === 0 ? chunk : Buffer.concat([undecided, chunk]);
  }

  get gone(): Buffer {
    this.take(this.decided);
    const [only = NOTHING] = this.#gone;
    return this.#gone.length > 1 ? Buffer.concat(this.#gone) : only;
  }

  get undecided(): Buffer {
    return this.data.subarray(this.decided);
  }

  letGo(end: number): void {
    this.decided = end;
  }

  take(end: number): void {
    if (this.decided > this.#goneFrom) this.#gone.push(this.data.subarray(this.#goneFrom, this.decided));
    this.#goneFrom = end;
    this.decided = end;
  }
}
