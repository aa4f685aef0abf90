import { createSseParser } from '@intrallm/providers';
import type { Outcome } from '../../answers/answer-reader.js';
import { kindOfStart } from '../../answers/body-kind.js';
import { NO_TOKENS, tokensOf, type TokenCounts } from '../../answers/token-counts.js';
import { isIntricateText } from '../../json/intricate-text.js';
import { errorWords, namedError } from '../../translation/error-message.js';
import { fieldsAt, firstChoice, isFields, MessageReader } from '../../translation/message-reader.js';
import { ToolCallGatherer, type ToolCall } from '../../translation/tool-calls.js';
import type { StreamTranslator } from '../../translation/translators.js';
import { AnswerLines, errorLine, NOTHING, reasonOf, type AnswerSettings, type Durations } from './answer-line.js';
import { createExactJson } from './exact-integers.js';
import { fromOpenaiChat } from './from-openai-whole.js';

export type { AnswerSettings } from './answer-line.js';

/** Longest event, in characters: it is parsed and printed in one go, which nothing else gets in between. */
const LONGEST_EVENT = 1024 * 1024;
/** Of thoughts and of text, in characters: models that never come to an end are stopped. */
const LONGEST = { thinking: 8 * 1024 * 1024, content: 32 * 1024 * 1024 };
/**
 * Of bytes that bring the answer no further: comments, and events that say nothing. Some servers send one every few
 * seconds.
 */
const LONGEST_SILENCE = 8 * 1024 * 1024;
/** Events that are no JSON. */
const MOST_MALFORMED = 1_000;
/** Of the beginning, to see whether it is a stream: what has more blanks is looked at no further. */
const LONGEST_START = 1024;

/** A stream of a chat completion as the lines that Ollama would send, piece by piece. */
export class ChatStreamTranslator implements StreamTranslator {
  tokens: TokenCounts = NO_TOKENS;
  readonly #parser = createSseParser({ maxLength: LONGEST_EVENT, onOverflow: () => (this.#isTooLong = true) });
  readonly #lines: AnswerLines;
  readonly #message = new MessageReader();
  readonly #json = createExactJson();
  readonly #calls = new ToolCallGatherer(this.#json.print);
  /** The choice that is the answer, by the first that came: nobody asked for several. */
  #choiceIndex: unknown = null;
  #length = { thinking: 0, content: 0 };
  #progress = 0;
  #malformed = 0;
  #silence = 0;
  /** The first bytes; null: they have been looked at. */
  #start: Buffer | null = Buffer.alloc(0);
  /** One piece of JSON as if it were a stream: its bytes so far. */
  #whole: { readonly parts: Buffer[]; bytes: number } | null = null;
  #isTooLong = false;
  #reason: string | null = null;
  #firstAt: number | null = null;
  #outcome: Outcome | null = null;

  constructor(private readonly settings: AnswerSettings) {
    this.#lines = new AnswerLines(settings.shape, settings.model);
  }

  /** How the answer ended; truncated while it has not. */
  get outcome(): Outcome {
    return this.#outcome ?? 'truncated';
  }

  /** It ended with an error: nothing more comes of it. */
  get hasFailed(): boolean {
    return this.#outcome === 'upstream-error' || this.#outcome === 'truncated';
  }

  /** The lines that became complete with these bytes, cut anywhere. */
  push(bytes: Buffer): string {
    if (this.#start !== null) this.#look(bytes);
    if (this.#whole !== null) return this.#keep(this.#whole, bytes);
    this.#silence += bytes.length;
    const lines = this.#read(this.#parser.push(bytes));
    if (this.#silence <= LONGEST_SILENCE || this.#outcome !== null) return lines;
    return lines + this.#fail('upstream-error', ENDLESS);
  }

  /** The endpoint sends no more: the last line, or an error where the answer has none. */
  end(): string {
    if (this.#whole !== null && this.#outcome === null) return this.#endWhole(Buffer.concat(this.#whole.parts));
    const rest = this.#read(this.#parser.end());
    if (this.#outcome !== null) return rest;
    if (this.#reason !== null) return rest + this.#finish();
    return rest + this.#fail('truncated', 'The endpoint ended the answer before it was complete.');
  }

  #look(bytes: Buffer): void {
    const start = Buffer.concat([this.#start ?? bytes, bytes.subarray(0, LONGEST_START)]);
    const kind = kindOfStart(start) ?? (start.length > LONGEST_START ? 'OTHER' : null);
    this.#start = kind === null ? start : null;
    if (kind === 'JSON') this.#whole = { parts: [], bytes: 0 };
  }

  #keep(whole: { readonly parts: Buffer[]; bytes: number }, bytes: Buffer): string {
    if (this.#outcome !== null) return '';
    whole.parts.push(bytes);
    whole.bytes += bytes.length;
    if (whole.bytes <= LONGEST_EVENT) return '';
    return this.#fail('upstream-error', 'The endpoint sent a part of its answer that is too long.');
  }

  /** Of an answer that a server gives in one piece although it says that it is a stream. */
  #endWhole(body: Buffer): string {
    const text = body.toString('utf8');
    if (isIntricateText(text)) return this.#fail('upstream-error', TOO_INTRICATE);
    const translated = fromOpenaiChat(text, this.settings);
    if ('problem' in translated) return this.#fail('upstream-error', translated.problem);
    this.#outcome = 'complete';
    this.tokens = translated.tokens;
    return translated.text.toString();
  }

  #read(events: readonly { readonly event: string; readonly data: string }[]): string {
    let lines = '';
    for (const event of events) lines += this.#outcome === null ? this.#event(event) : '';
    if (this.#isTooLong && this.#outcome === null) {
      lines += this.#fail('upstream-error', 'The endpoint sent a part of its answer that is too long.');
    }
    return lines;
  }

  #event({ event: name, data }: { readonly event: string; readonly data: string }): string {
    // The endpoint says that this was all, also where it gave no reason.
    if (data.length < LONGEST_START && data.trim() === '[DONE]') {
      return this.#choiceIndex === null ? this.#fail('upstream-error', NO_ANSWER) : this.#finish();
    }
    if (isIntricateText(data)) return this.#fail('upstream-error', TOO_INTRICATE);
    const event = this.#parse(data);
    if (this.#malformed > MOST_MALFORMED) return this.#fail('upstream-error', ENDLESS);
    if (name === 'error') {
      const words = errorWords(event ?? data.slice(0, LONGEST_START));
      return this.#fail('upstream-error', words ?? WORDLESS);
    }
    if (event === null) return '';
    const told = namedError(event, WORDLESS);
    if (told !== null) return this.#fail('upstream-error', told);
    this.tokens = tokensOf(event) ?? this.tokens;
    const choice = firstChoice(event);
    if (choice === null) return '';
    // Their number is missing at some servers, which send one alone.
    const index = choice['index'] ?? 0;
    this.#choiceIndex ??= index;
    return index === this.#choiceIndex ? this.#choice(choice) : '';
  }

  #parse(data: string): Readonly<Record<string, unknown>> | null {
    // Most of what is no JSON is seen without an exception, which would cost more than all else.
    if (!data.trimStart().startsWith('{')) return null;
    try {
      // Arguments of a tool that come as an object are printed again.
      const value = MAY_CALL.test(data) ? this.#json.parse(data) : (JSON.parse(data) as unknown);
      return isFields(value) ? value : null;
    } catch {
      // What is no JSON says nothing; whether the answer ends well is seen by what comes.
      this.#malformed += 1;
      return null;
    }
  }

  #choice(choice: Readonly<Record<string, unknown>>): string {
    // Some send a message in one piece, as if it were a delta.
    const delta = isFields(choice['delta']) ? choice['delta'] : fieldsAt(choice, 'message');
    this.#calls.pushDelta(delta);
    if (this.#calls.isTooMuch) return this.#fail('upstream-error', 'The model called tools with too many arguments.');
    this.#reason = reasonOf(choice) ?? this.#reason;
    const told = this.#message.read(delta);
    this.#length.content += told.content.length;
    this.#length.thinking += told.thinking.length;
    if (this.#length.thinking > LONGEST.thinking) return this.#fail('upstream-error', 'The model thinks without end.');
    if (this.#length.content > LONGEST.content) return this.#fail('upstream-error', 'The model answers without end.');
    const progress = this.#length.content + this.#length.thinking + this.#calls.length;
    if (progress > this.#progress) this.#silence = 0;
    this.#progress = progress;
    return this.#print(told);
  }

  #print({ content, thinking }: { readonly content: string; readonly thinking: string }): string {
    const shown = this.settings.hidesThinking ? '' : thinking;
    if (content !== '' || thinking !== '') this.#firstAt ??= performance.now();
    return content === '' && shown === '' ? '' : this.#lines.print({ content, thinking: shown, calls: [] });
  }

  #finish(): string {
    const last = this.#print(this.#message.end());
    let calls: readonly ToolCall[];
    try {
      calls = this.#calls.finish();
    } catch (error) {
      return last + this.#fail('upstream-error', (error as Error).message);
    }
    this.#outcome = 'complete';
    const called = calls.length === 0 ? '' : this.#lines.print({ ...NOTHING, calls });
    const ending = { reason: this.#reason ?? 'stop', tokens: this.tokens, durations: this.#durations() };
    return last + called + this.#lines.print(NOTHING, ending);
  }

  #fail(outcome: Outcome, message: string): string {
    this.#outcome = outcome;
    return errorLine(message);
  }

  #durations(): Durations {
    const now = performance.now();
    const { startedAt } = this.settings;
    const first = this.#firstAt;
    return {
      totalMs: now - startedAt,
      promptMs: first === null ? null : first - startedAt,
      answerMs: first === null ? null : now - first,
    };
  }
}

const MAY_CALL = /"(?:tool_calls|function_call)"/;
const WORDLESS = 'The endpoint broke the answer off with an error.';
const NO_ANSWER = 'The endpoint ended its stream without an answer.';
const ENDLESS = 'The endpoint sends without end what is no answer.';
const TOO_INTRICATE = 'The endpoint sent a part of its answer that has too many parts.';
