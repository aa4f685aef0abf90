import type { Outcome } from '../answers/answer-reader.js';
import type { AnswerSink, TranslatingSink } from '../answers/answer-sink.js';
import { EVENT_STREAM, kindOfStart, mediaTypeOf, type BodyKind } from '../answers/body-kind.js';
import { NO_TOKENS, type TokenCounts } from '../answers/token-counts.js';
import { GrowingBytes } from '../body/growing-bytes.js';
import type { AttemptResult, KeptAnswer } from '../forwarding/attempt-result.js';
import { STREAM_HEADERS, WHOLE_HEADERS } from '../forwarding/forwarded-headers.js';
import { BudgetShare } from '../http/body-budget.js';
import { errorWords } from './error-message.js';
import type { StreamTranslator, Translators } from './translators.js';

/** Longest answer in one piece, in bytes; of an error, its words are looked for in as much. */
const LONGEST = { whole: 32 * 1024 * 1024, error: 256 * 1024 };
const JSON_TYPE = 'application/json; charset=utf-8';
/** What is said of the endpoint's own bytes, and does not hold for ours. */
const ABOUT_THE_BYTES = ['content-length', 'content-encoding', 'content-type', 'content-md5', 'digest', 'etag'];
/** Said by us, when it is known whether the answer is a stream. */
const ABOUT_CACHES = ['cache-control', 'x-accel-buffering'];
/** More blanks than this before anything else are looked at no further. */
const LONGEST_START = 4 * 1024;
const UNASKED_STREAM = 'The endpoint answered with a stream, which nobody asked for.';

/**
 * Stands before a caller and translates what an endpoint answers: a stream event by event, one piece of JSON when it is
 * there. Until that piece is there nothing is sent, so what cannot be translated becomes an error with a status of its
 * own.
 */
export class TranslatedAnswer implements TranslatingSink {
  #stream: StreamTranslator | null = null;
  #head: { readonly status: number; readonly type: string; readonly headers: readonly string[] } | null = null;
  /** Of a success that is not a stream by its stated type: what its first bytes show. */
  #kind: BodyKind | null = null;
  #kept = new GrowingBytes(0);
  readonly #share: BudgetShare;
  #problem: string | null = null;
  /** There is no room here for the answer, which is no fault of the endpoint. */
  #refusal: Error | null = null;
  #told: { readonly outcome: Outcome; readonly status: number; readonly tokens: TokenCounts } | null = null;
  /** The whole answer is being read, in turns. */
  #reading: Promise<void> | null = null;

  constructor(
    private readonly answer: AnswerSink,
    private readonly translators: Translators,
  ) {
    this.#share = new BudgetShare(translators.budget);
  }

  get destroyed(): boolean {
    return this.answer.destroyed;
  }

  get writableFinished(): boolean {
    return this.answer.writableFinished;
  }

  get writableEnded(): boolean {
    return this.answer.writableEnded;
  }

  get headersSent(): boolean {
    return this.answer.headersSent;
  }

  on(event: 'close', listener: () => void): void {
    this.answer.on(event, listener);
  }

  once(event: 'drain', listener: () => void): void {
    this.answer.once(event, listener);
  }

  off(event: 'close' | 'drain', listener: () => void): void {
    this.answer.off(event, listener);
  }

  writeHead(status: number, headers: readonly string[]): void {
    const type = mediaTypeOf(valueOf(headers, 'content-type'));
    const encoding = valueOf(headers, 'content-encoding') ?? 'identity';
    this.#head = { status, type, headers: without(headers, [...ABOUT_THE_BYTES, ...ABOUT_CACHES]) };
    if (encoding !== 'identity') this.#problem = 'The endpoint compressed its answer, which nobody asked for.';
    else if (status < 300 && type === EVENT_STREAM && this.translators.stream !== null) this.#beginStream();
  }

  flushHeaders(): void {
    if (this.#stream !== null) this.answer.flushHeaders();
  }

  /**
   * Where it turns out that the answer is none, it ends here: what is wrong is not told only when the endpoint is done.
   */
  write(chunk: Buffer): boolean {
    if (this.answer.writableEnded || this.#reading !== null) return true;
    if (this.#stream !== null) return this.#writeStream(this.#stream, chunk);
    if (this.#problem === null && this.#refusal === null) this.#keep(chunk);
    if (this.#problem === null && this.#refusal === null && this.#kind === null) {
      const isTaken = this.#look();
      if (isTaken !== null) return isTaken;
    }
    if (this.#problem !== null) this.end();
    return true;
  }

  end(): void {
    if (this.answer.writableEnded || this.#reading !== null) return;
    if (this.#stream !== null) {
      this.answer.end(Buffer.from(this.#stream.end()));
      return;
    }
    const status = this.#head?.status ?? 502;
    if (status >= 300) this.#sendError(status);
    else if (this.#problem !== null) this.#fail(this.#problem, 'upstream-error');
    // Where there was no room nothing is sent: whoever sees to our own errors answers it.
    else if (this.#refusal === null) this.#reading = this.#readWhole(status);
  }

  /** The endpoint broke off, or the caller left. A stream that has begun is cut as well. */
  destroy(): void {
    if ((this.answer.writableEnded || this.#reading !== null) && !this.answer.destroyed) return;
    const status = this.#head?.status;
    if (this.#stream !== null || this.answer.destroyed || status === undefined) this.answer.destroy();
    else if (status >= 300) this.#sendError(status);
    // What a success that broke off becomes is decided where it is judged: why it did is known there.
    this.#forget();
  }

  /**
   * What an attempt came to, by what was seen in its answer. Rejects with OVERLOADED where nothing was sent for want of
   * room.
   */
  async judge(result: AttemptResult): Promise<AttemptResult> {
    await this.#reading;
    if (result.kind === 'declined') return { ...result, answer: this.#translateKept(result.answer, result.status) };
    if (result.kind !== 'passed') return result;
    if (result.outcome === 'client-abort') {
      if (!this.answer.headersSent) this.answer.destroy();
      return result;
    }
    if (result.brokenOff !== undefined && result.status < 300 && this.#isUntold)
      this.#fail('The endpoint broke its answer off.', 'truncated');
    if (this.#refusal !== null && result.status < 300) throw this.#refusal;
    if (this.#reading !== null && this.#told === null) return { ...result, outcome: 'client-abort' };
    const { outcome, tokens } = this.#stream ?? this.#told ?? result;
    const isCut = this.#stream !== null && result.outcome === 'truncated' && outcome === 'complete';
    return { ...result, outcome: isCut ? 'truncated' : outcome, tokens, status: this.#told?.status ?? result.status };
  }

  /** Nothing went to the caller, and nothing else will go. */
  get #isUntold(): boolean {
    return this.#stream === null && this.#told === null && this.#refusal === null;
  }

  /** The head goes out now, whatever there is of the body. */
  #beginStream(): StreamTranslator | null {
    const stream = this.translators.stream?.() ?? null;
    this.#stream = stream;
    const { status, headers } = this.#head ?? { status: 502, headers: [] };
    if (stream !== null)
      this.answer.writeHead(status, [...headers, ...STREAM_HEADERS, 'content-type', this.translators.streamType]);
    return stream;
  }

  #writeStream(stream: StreamTranslator, chunk: Buffer): boolean {
    const lines = stream.push(chunk);
    if (!stream.hasFailed) return lines === '' || this.answer.write(Buffer.from(lines));
    this.answer.end(Buffer.from(lines));
    return true;
  }

  /** Sees by the first bytes what a success is. Null: nothing went to the caller; else as `write`. */
  #look(): boolean | null {
    const { status, type } = this.#head ?? { status: 502, type: '' };
    if (status >= 300) return null;
    const kept = this.#kept.bytes;
    this.#kind = kindOfStart(kept) ?? (kept.length > LONGEST_START ? 'OTHER' : null);
    if (this.#kind === null) return null;
    const isStream = this.#kind === 'EVENTS' || (this.#kind === 'OTHER' && type === EVENT_STREAM);
    if (!isStream) return null;
    const stream = this.#beginStream();
    if (stream === null) {
      this.#problem = UNASKED_STREAM;
      return null;
    }
    this.#forget();
    return this.#writeStream(stream, kept);
  }

  /** The caller may leave, and the endpoint has nothing more to say, while this takes its turns. */
  async #readWhole(status: number): Promise<void> {
    const body = this.#kept.bytes;
    try {
      const translated = await this.translators.whole(body);
      if (this.answer.destroyed) return;
      if ('problem' in translated) this.#fail(translated.problem, 'upstream-error');
      else {
        this.#told = { outcome: 'complete', status, tokens: translated.tokens };
        this.#send(status, translated.text);
      }
    } finally {
      this.#forget();
    }
  }

  #keep(chunk: Buffer): void {
    const longest = (this.#head?.status ?? 0) < 300 ? LONGEST.whole : LONGEST.error;
    if (this.#kept.size + chunk.length > longest) {
      this.#problem = 'The endpoint’s answer is too long to be translated.';
      this.#forget();
      return;
    }
    try {
      this.#share.take(chunk.length);
      this.#kept.add(chunk);
    } catch (error) {
      this.#refusal = error as Error;
      this.#forget();
    }
  }

  #forget(): void {
    this.#kept = new GrowingBytes(0);
    this.#share.giveBack();
  }

  #sendError(status: number): void {
    const words = wordsOf(this.#kept.bytes);
    this.#forget();
    this.#send(status, this.translators.error(words ?? wordless(status), status));
  }

  /** An error after which another endpoint may be asked. */
  #translateKept({ headers, body }: KeptAnswer, status: number): KeptAnswer {
    if (body === null) return { headers, body };
    const error = this.translators.error(wordsOf(body) ?? wordless(status), status);
    const others = Object.entries(headers).filter(([name]) => !ABOUT_THE_BYTES.includes(name));
    return {
      headers: { ...Object.fromEntries(others), 'content-type': JSON_TYPE },
      body: Buffer.from(JSON.stringify(error)),
    };
  }

  #fail(message: string, outcome: Outcome): void {
    this.#forget();
    this.#told = { outcome, status: 502, tokens: NO_TOKENS };
    this.#send(502, this.translators.error(message, 502));
  }

  #send(status: number, value: string | Buffer | object): void {
    const body = Buffer.isBuffer(value)
      ? value
      : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
    const about = ['content-type', JSON_TYPE, 'content-length', String(body.length)];
    this.answer.writeHead(status, [...(this.#head?.headers ?? []), ...WHOLE_HEADERS, ...about]);
    this.answer.end(body);
  }
}

const wordless = (status: number): string => `The endpoint answered ${String(status)}.`;

/** What an error says; null where it is a page, or nothing. */
function wordsOf(body: Buffer): string | null {
  // Some servers answer a request for a stream with an error in the clothes of an event.
  const text = body
    .toString('utf8')
    .replace(/^\s*data:/, '')
    .trim();
  try {
    return errorWords(JSON.parse(text));
  } catch {
    // Plain words are words too.
    return text === '' || text.length > 1_000 || text.startsWith('<') ? null : text;
  }
}

/** Of names and values by turns. */
function without(headers: readonly string[], names: readonly string[]): string[] {
  return headers.filter((_, index) => !names.includes(headers[index - (index % 2)] ?? ''));
}

function valueOf(headers: readonly string[], name: string): string | undefined {
  const at = headers.findIndex((one, index) => index % 2 === 0 && one === name);
  return at === -1 ? undefined : headers[at + 1];
}
