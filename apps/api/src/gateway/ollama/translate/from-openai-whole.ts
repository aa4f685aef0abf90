import { NO_TOKENS, tokensOf } from '../../answers/token-counts.js';
import { toldError } from '../../translation/error-message.js';
import { firstChoice, isFields, MessageReader } from '../../translation/message-reader.js';
import { ToolCallGatherer } from '../../translation/tool-calls.js';
import type { Translated } from '../../translation/translators.js';
import { AnswerLines, reasonOf, type AnswerSettings, type Durations } from './answer-line.js';

type Fields = Readonly<Record<string, unknown>>;

/** A whole chat completion as Ollama's answer in one piece, which is also a stream of one line. */
export function fromOpenaiChat(body: string, settings: AnswerSettings): Translated {
  const answer = parseAnswer(body);
  return 'problem' in answer ? answer : translateChat(answer.fields, settings);
}

/** The same of one that has been parsed, as far as it is looked at. */
export function translateChat(answer: Fields, settings: AnswerSettings): Translated {
  const problem = toldError(answer);
  if (problem !== null) return { problem };
  const choice = firstChoice(answer);
  if (choice === null || !isFields(choice['message'])) return { problem: 'The endpoint gave no chat completion.' };
  const message = choice['message'];
  const reader = new MessageReader();
  const told = reader.read(message);
  const rest = reader.end();
  const gatherer = new ToolCallGatherer();
  gatherer.pushWhole(message);
  if (gatherer.isTooMuch) return { problem: 'The model called tools with too many arguments.' };
  const tokens = tokensOf(answer) ?? NO_TOKENS;
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

/** One embedding, as the text of its list. */
export interface Vector {
  readonly index: number;
  readonly text: Buffer;
}

/** Embeddings as /api/embed gives them, or as the older route for a single text does. */
export function fromOpenaiEmbeddings(
  body: string,
  settings: Pick<AnswerSettings, 'model' | 'startedAt'>,
  isSingle: boolean,
): Translated {
  const answer = parseAnswer(body);
  if ('problem' in answer) return answer;
  const { data } = answer.fields as { data?: unknown };
  const rows = Array.isArray(data) ? (data as unknown[]).filter(isFields) : [];
  if (!rows.every((row) => Array.isArray(row['embedding']))) return { problem: 'The endpoint gave no embeddings.' };
  const vectors = rows.map((row) => ({
    index: Number(row['index'] ?? 0),
    text: Buffer.from(JSON.stringify(row['embedding'])),
  }));
  return embeddingsText(vectors, answer.fields, settings, isSingle);
}

/** `about`: the answer without its vectors. */
export function embeddingsText(
  vectors: readonly Vector[],
  about: Fields,
  { model, startedAt }: Pick<AnswerSettings, 'model' | 'startedAt'>,
  isSingle: boolean,
): Translated {
  const sorted = vectors.toSorted((one, other) => one.index - other.index);
  const [first] = sorted;
  if (first === undefined) return { problem: 'The endpoint gave no embeddings.' };
  const tokens = tokensOf(about) ?? NO_TOKENS;
  if (isSingle) return { text: Buffer.concat([Buffer.from('{"embedding":'), first.text, Buffer.from('}')]), tokens };
  const duration = `"total_duration":${String(Math.round((performance.now() - startedAt) * 1e6))}`;
  const counted = tokens.input === null ? '' : `,"prompt_eval_count":${String(tokens.input)}`;
  const text = Buffer.concat([
    Buffer.from(`{"model":${JSON.stringify(model)},"embeddings":[`),
    ...sorted.flatMap(({ text: vector }, place) => (place === 0 ? [vector] : [COMMA, vector])),
    Buffer.from(`],${duration}${counted}}`),
  ]);
  return { text, tokens };
}

const COMMA = Buffer.from(',');

function parseAnswer(body: string): { readonly fields: Fields } | { readonly problem: string } {
  // Some servers send it as if it were a stream of events, and end it like one. No text in JSON has a line end in it.
  const events = /[\r\n]data:/.exec(body)?.index ?? body.length;
  const text = body.slice(body.startsWith('\uFEFF') ? 1 : 0, events);
  try {
    const value: unknown = JSON.parse(text);
    if (!isFields(value)) return { problem: 'The endpoint’s answer is not a JSON object.' };
    const problem = toldError(value);
    return problem === null ? { fields: value } : { problem };
  } catch {
    // Its words may be a page of HTML: nothing of it helps the caller.
    return { problem: 'The endpoint’s answer is not JSON.' };
  }
}
