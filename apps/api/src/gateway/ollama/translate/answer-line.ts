import type { TokenCounts } from '../../answers/token-counts.js';
import type { ToolCall } from '../../translation/tool-calls.js';

/** Which of Ollama's routes asked: their lines differ in where the text stands. */
export type AnswerShape = 'chat' | 'generate';

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

export interface Piece {
  readonly content: string;
  readonly thinking: string;
  readonly calls: readonly ToolCall[];
}

/** The end of an answer. */
export interface Ending {
  readonly reason: string;
  readonly tokens: TokenCounts;
  readonly durations: Durations;
}

/** In milliseconds, as we measured them. Null: not known, and left out. */
export interface Durations {
  readonly totalMs: number;
  /** Until the first word. */
  readonly promptMs: number | null;
  /** From the first word on. */
  readonly answerMs: number | null;
}

export const NOTHING: Piece = { content: '', thinking: '', calls: [] };

/** Writes an answer as Ollama does: one JSON object a line. */
export class AnswerLines {
  readonly #model: string;

  /** `model`: as the caller named it. */
  constructor(
    private readonly shape: AnswerShape,
    model: string,
  ) {
    this.#model = JSON.stringify(model);
  }

  /** With `ending` it is the last line, or the whole answer. */
  print(piece: Piece, ending: Ending | null = null): string {
    const text = this.shape === 'chat' ? messageOf(piece) : textOf(piece);
    const at = new Date().toISOString();
    return `{"model":${this.#model},"created_at":"${at}",${text},${ending === null ? '"done":false' : endOf(ending)}}\n`;
  }
}

/** What ends an answer that cannot go on: clients raise it as an error. */
export const errorLine = (message: string): string => `${JSON.stringify({ error: message })}\n`;

function messageOf({ content, thinking, calls }: Piece): string {
  const thought = thinking === '' ? '' : `,"thinking":${JSON.stringify(thinking)}`;
  const called = calls.length === 0 ? '' : `,"tool_calls":[${calls.map(callOf).join(',')}]`;
  return `"message":{"role":"assistant","content":${JSON.stringify(content)}${thought}${called}}`;
}

function textOf({ content, thinking }: Piece): string {
  return `"response":${JSON.stringify(content)}${thinking === '' ? '' : `,"thinking":${JSON.stringify(thinking)}`}`;
}

function callOf({ id, name, arguments: given }: ToolCall): string {
  const named = id === null ? '' : `"id":${JSON.stringify(id)},`;
  return `{${named}"function":{"name":${JSON.stringify(name)},"arguments":${given}}}`;
}

function endOf({ reason, tokens, durations }: Ending): string {
  const { totalMs, promptMs, answerMs } = durations;
  const end = JSON.stringify({
    done: true,
    done_reason: reason,
    total_duration: nanoseconds(totalMs),
    ...(tokens.input === null ? {} : { prompt_eval_count: tokens.input }),
    ...(promptMs === null ? {} : { prompt_eval_duration: nanoseconds(promptMs) }),
    ...(tokens.output === null ? {} : { eval_count: tokens.output }),
    ...(answerMs === null ? {} : { eval_duration: nanoseconds(answerMs) }),
  });
  return end.slice(1, -1);
}

const nanoseconds = (ms: number): number => Math.round(ms * 1e6);

/** The reason as Ollama words it; null: the answer goes on. */
export function reasonOf({ finish_reason: reason }: Readonly<Record<string, unknown>>): string | null {
  if (typeof reason !== 'string' || reason === '') return null;
  return reason === 'tool_calls' || reason === 'function_call' || reason === 'eos' ? 'stop' : reason;
}
