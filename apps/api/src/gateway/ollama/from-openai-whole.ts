import { NO_TOKENS, tokensOf, type TokenCounts } from '../stream-tap.js';
import { AnswerLines, type Durations } from './answer-line.js';
import { firstChoice, isFields, MessageReader, reasonOf } from './delta.js';
import { errorWords } from './error-words.js';
import type { AnswerSettings } from './from-openai-chat.js';
import { ToolCallGatherer } from './tool-calls.js';

/** An answer in one piece, translated; or why it cannot be, in words for the caller. */
export type Translated = { readonly text: string; readonly tokens: TokenCounts } | { readonly problem: string };

/** A whole chat completion as Ollama's answer in one piece, which is also a stream of one line. */
export function fromOpenaiChat(body: string, settings: AnswerSettings): Translated {
  const answer = parseAnswer(body);
  if ('problem' in answer) return answer;
  const choice = firstChoice(answer.fields);
  if (choice === null || !isFields(choice['message'])) return { problem: 'The endpoint gave no chat completion.' };
  const message = choice['message'];
  const reader = new MessageReader();
  const told = reader.read(message);
  const rest = reader.end();
  const gatherer = new ToolCallGatherer();
  gatherer.push(message['tool_calls']);
  if (gatherer.isTooMuch) return { problem: 'The model called tools with too many arguments.' };
  const tokens = tokensOf(answer.fields) ?? NO_TOKENS;
  const durations: Durations = { totalMs: performance.now() - settings.startedAt, promptMs: null, answerMs: null };
  try {
    const piece = {
      content: told.content + rest.content,
      thinking: settings.hidesThinking ? '' : told.thinking + rest.thinking,
      calls: gatherer.finish(),
    };
    const ending = { reason: reasonOf(choice) ?? 'stop', tokens, durations };
    return { text: new AnswerLines(settings.shape, settings.model).print(piece, ending), tokens };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

/** Embeddings as /api/embed gives them, or as the older route for a single text does. */
export function fromOpenaiEmbeddings(
  body: string,
  { model, startedAt }: Pick<AnswerSettings, 'model' | 'startedAt'>,
  isSingle: boolean,
): Translated {
  const answer = parseAnswer(body);
  if ('problem' in answer) return answer;
  const { data } = answer.fields as { data?: unknown };
  const rows = Array.isArray(data) ? (data as unknown[]).filter(isFields) : [];
  const vectors = rows.toSorted((one, other) => Number(one['index'] ?? 0) - Number(other['index'] ?? 0));
  const embeddings = vectors.map((row) => row['embedding']);
  if (embeddings.length === 0 || !embeddings.every((one) => Array.isArray(one))) {
    return { problem: 'The endpoint gave no embeddings.' };
  }
  const tokens = tokensOf(answer.fields) ?? NO_TOKENS;
  const value = isSingle
    ? { embedding: embeddings[0] }
    : {
        ...{ model, embeddings, total_duration: Math.round((performance.now() - startedAt) * 1e6) },
        ...(tokens.input === null ? {} : { prompt_eval_count: tokens.input }),
      };
  return { text: JSON.stringify(value), tokens };
}

function parseAnswer(
  body: string,
): { readonly fields: Readonly<Record<string, unknown>> } | { readonly problem: string } {
  try {
    const value: unknown = JSON.parse(body);
    if (!isFields(value)) return { problem: 'The endpoint’s answer is not a JSON object.' };
    const { error } = value;
    // Some servers say what is wrong under a status of 200.
    if (error !== undefined && error !== null)
      return { problem: errorWords(value) ?? 'The endpoint reported an error.' };
    return { fields: value };
  } catch {
    // Its words may be a page of HTML: nothing of it helps the caller.
    return { problem: 'The endpoint’s answer is not JSON.' };
  }
}
