import { createSseParser } from '@intrallm/providers';
import type { Outcome } from '../attempt.js';
import { NO_TOKENS, tokensOf, type TokenCounts } from '../stream-tap.js';
import { AnswerLines, errorLine, NOTHING, type AnswerShape, type Durations } from './answer-line.js';
import { fieldsAt, firstChoice, isFields, MessageReader, reasonOf } from './delta.js';
import { errorWords } from './error-words.js';
import { ToolCallGatherer, type ToolCall } from './tool-calls.js';

/** What of the caller's request its answer depends on. */
export interface AnswerSettings {
  readonly shape: AnswerShape;
  /** As the caller named it. */
  readonly model: string;
  /** The caller wants no thoughts. */
  readonly hidesThinking: boolean;
  /** On the clock of `performance.now()`. */
  readonly startedAt: number;
}

/** Longest event, in characters. */
const LONGEST_EVENT = 4 * 1024 * 1024;

/** A stream of a chat completion as the lines that Ollama would send, piece by piece. */
export class ChatStreamTranslator {
  tokens: TokenCounts = NO_TOKENS;
  readonly #parser = createSseParser({ maxLength: LONGEST_EVENT, onOverflow: () => (this.#isTooLong = true) });
  readonly #lines: AnswerLines;
  readonly #message = new MessageReader();
  readonly #calls = new ToolCallGatherer();
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
    return this.#read(this.#parser.push(bytes));
  }

  /** The endpoint sends no more: the last line, or an error where the answer has none. */
  end(): string {
    const rest = this.#read(this.#parser.end());
    if (this.#outcome !== null) return rest;
    if (this.#reason !== null) return rest + this.#finish();
    return rest + this.#fail('truncated', 'The endpoint ended the answer before it was complete.');
  }

  #read(events: readonly { readonly data: string }[]): string {
    let lines = '';
    for (const { data } of events) lines += this.#outcome === null ? this.#event(data) : '';
    if (this.#isTooLong && this.#outcome === null) {
      lines += this.#fail('upstream-error', 'The endpoint sent a part of its answer that is too long.');
    }
    return lines;
  }

  #event(data: string): string {
    // The endpoint says that this was all, also where it gave no reason.
    if (data.trim() === '[DONE]') return this.#finish();
    const event = parseFields(data);
    if (event === null) return '';
    const { error } = event;
    if (error !== undefined && error !== null) {
      return this.#fail('upstream-error', errorWords(event) ?? 'The endpoint broke the answer off with an error.');
    }
    this.tokens = tokensOf(event) ?? this.tokens;
    const choice = firstChoice(event);
    return choice === null ? '' : this.#choice(choice);
  }

  #choice(choice: Readonly<Record<string, unknown>>): string {
    const delta = fieldsAt(choice, 'delta');
    this.#calls.push(delta['tool_calls']);
    if (this.#calls.isTooMuch) return this.#fail('upstream-error', 'The model called tools with too many arguments.');
    this.#reason = reasonOf(choice) ?? this.#reason;
    return this.#print(this.#message.read(delta));
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

function parseFields(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : null;
  } catch {
    // What is no JSON says nothing; whether the answer ends well is seen by what comes.
    return null;
  }
}
