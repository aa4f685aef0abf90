import type { ServerResponse } from 'node:http';
import type { AnswerSink, AttemptResult, KeptAnswer, Outcome } from '../attempt.js';
import { BudgetShare, type BodyBudget } from '../body-budget.js';
import { NO_TOKENS, type TokenCounts } from '../stream-tap.js';
import { errorWords } from './error-words.js';
import type { ChatStreamTranslator } from './from-openai-chat.js';
import type { Translated } from './from-openai-whole.js';

/** How the answers to one request are translated. */
export interface Translators {
  /** Of a stream of events; null: none was asked for. */
  readonly stream: (() => ChatStreamTranslator) | null;
  /** Of one piece of JSON. */
  readonly whole: (body: string) => Translated;
  /** What is kept of an answer in one piece counts on it. */
  readonly budget: BodyBudget;
}

/** Longest answer in one piece, in bytes; of an error, its words are looked for in as much. */
const LONGEST = { whole: 32 * 1024 * 1024, error: 256 * 1024 };
const JSON_TYPE = 'application/json; charset=utf-8';
const LINES_TYPE = 'application/x-ndjson';
/** What is said of the endpoint's own bytes, and does not hold for ours. */
const ABOUT_THE_BYTES = ['content-length', 'content-encoding', 'content-type', 'content-md5', 'digest', 'etag'];

/**
 * Stands before a caller and translates what an endpoint answers: a stream event by event, one piece of JSON when it is
 * there. Until that piece is there nothing is sent, so what cannot be translated becomes an error with a status of its own.
 */
export class TranslatedAnswer implements AnswerSink {
  #stream: ChatStreamTranslator | null = null;
  #head: { readonly status: number; readonly headers: readonly string[] } | null = null;
  #kept: Buffer[] = [];
  #keptBytes = 0;
  readonly #share: BudgetShare;
  #problem: string | null = null;
  /** There is no room here for the answer, which is no fault of the endpoint. */
  #refusal: Error | null = null;
  #told: { readonly outcome: Outcome; readonly status: number; readonly tokens: TokenCounts } | null = null;

  constructor(
    private readonly answer: ServerResponse,
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
    const type = valueOf(headers, 'content-type') ?? '';
    const encoding = valueOf(headers, 'content-encoding') ?? 'identity';
    const isStream = status < 300 && type.startsWith('text/event-stream');
    if (encoding !== 'identity') this.#problem = 'The endpoint compressed its answer, which nobody asked for.';
    else if (isStream && this.translators.stream === null) {
      this.#problem = 'The endpoint answered with a stream, which nobody asked for.';
    } else if (isStream) this.#stream = this.translators.stream?.() ?? null;
    this.#head = { status, headers: withoutTheBytes(headers) };
    if (this.#stream === null) return;
    this.answer.writeHead(status, [...this.#head.headers, 'content-type', LINES_TYPE]);
  }

  flushHeaders(): void {
    if (this.#stream !== null) this.answer.flushHeaders();
  }

  /** Where it turns out that the answer is none, it ends here: what is wrong is not told only when the endpoint is done. */
  write(chunk: Buffer): boolean {
    if (this.answer.writableEnded) return true;
    if (this.#stream !== null) {
      const lines = this.#stream.push(chunk);
      if (!this.#stream.hasFailed) return lines === '' || this.answer.write(lines);
      this.answer.end(lines);
      return true;
    }
    if (this.#problem === null && this.#refusal === null) this.#keep(chunk);
    if (this.#problem !== null) this.end();
    return true;
  }

  end(): void {
    if (this.answer.writableEnded) return;
    if (this.#stream !== null) {
      this.answer.end(this.#stream.end());
      return;
    }
    const status = this.#head?.status ?? 502;
    if (status >= 300) {
      this.#sendError(status);
      return;
    }
    // Nothing is sent: whoever sees to our own errors answers it.
    if (this.#refusal !== null) return;
    const body = Buffer.concat(this.#kept, this.#keptBytes);
    this.#forget();
    const translated =
      this.#problem === null ? this.translators.whole(body.toString('utf8')) : { problem: this.#problem };
    if ('problem' in translated) this.#fail(translated.problem, 'upstream-error');
    else {
      this.#told = { outcome: 'complete', status, tokens: translated.tokens };
      this.#send(status, translated.text);
    }
  }

  /** The endpoint broke off, or the caller left. A stream that has begun is cut as well. */
  destroy(): void {
    if (this.answer.writableEnded && !this.answer.destroyed) return;
    const status = this.#head?.status;
    if (this.#stream !== null || this.answer.destroyed || status === undefined) this.answer.destroy();
    else if (status >= 300) this.#sendError(status);
    else if (this.#refusal === null) this.#fail('The endpoint broke its answer off.', 'truncated');
    this.#forget();
  }

  /** What an attempt came to, by what was seen in its answer. Throws OVERLOADED where nothing was sent for want of room. */
  judge(result: AttemptResult): AttemptResult {
    if (result.kind === 'declined') return { ...result, answer: translateKept(result.answer, result.status) };
    if (result.kind !== 'passed' || result.outcome === 'client-abort') return result;
    if (this.#refusal !== null && result.status < 300) throw this.#refusal;
    const { outcome, tokens } = this.#stream ?? this.#told ?? result;
    const isCut = this.#stream !== null && result.outcome === 'truncated' && outcome === 'complete';
    return { ...result, outcome: isCut ? 'truncated' : outcome, tokens, status: this.#told?.status ?? result.status };
  }

  #keep(chunk: Buffer): void {
    const longest = (this.#head?.status ?? 0) < 300 ? LONGEST.whole : LONGEST.error;
    if (this.#keptBytes + chunk.length > longest) {
      this.#problem = 'The endpoint’s answer is too long to be translated.';
      this.#forget();
      return;
    }
    try {
      this.#share.take(chunk.length);
      this.#kept.push(chunk);
      this.#keptBytes += chunk.length;
    } catch (error) {
      this.#refusal = error as Error;
      this.#forget();
    }
  }

  #forget(): void {
    this.#kept = [];
    this.#keptBytes = 0;
    this.#share.giveBack();
  }

  #sendError(status: number): void {
    const words = wordsOf(Buffer.concat(this.#kept, this.#keptBytes));
    this.#forget();
    this.#send(status, { error: words ?? `The endpoint answered ${String(status)}.` });
  }

  #fail(message: string, outcome: Outcome): void {
    this.#told = { outcome, status: 502, tokens: NO_TOKENS };
    this.#send(502, { error: message });
  }

  #send(status: number, value: string | object): void {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    const about = ['content-type', JSON_TYPE, 'content-length', String(Buffer.byteLength(text))];
    this.answer.writeHead(status, [...(this.#head?.headers ?? []), ...about]);
    this.answer.end(text);
  }
}

/** An error of an OpenAI endpoint in Ollama's shape. */
function translateKept({ headers, body }: KeptAnswer, status: number): KeptAnswer {
  if (body === null) return { headers, body };
  const error = wordsOf(body) ?? `The endpoint answered ${String(status)}.`;
  const others = Object.entries(headers).filter(([name]) => !ABOUT_THE_BYTES.includes(name));
  return {
    headers: { ...Object.fromEntries(others), 'content-type': JSON_TYPE },
    body: Buffer.from(JSON.stringify({ error })),
  };
}

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
function withoutTheBytes(headers: readonly string[]): string[] {
  return headers.filter((_, index) => !ABOUT_THE_BYTES.includes(headers[index - (index % 2)] ?? ''));
}

function valueOf(headers: readonly string[], name: string): string | undefined {
  const at = headers.findIndex((one, index) => index % 2 === 0 && one === name);
  return at === -1 ? undefined : headers[at + 1];
}
