import type { Json, JsonObject } from '../reply.js';
import { isList, isObject } from './template.js';

/** An answer in token-like pieces, the same for the same request. */
export interface GeneratedText {
  readonly tokens: readonly string[];
  readonly finishReason: 'stop' | 'length';
  readonly promptTokens: number;
}

const DEFAULT_TEXT = 'The simulator has nothing to repeat.';

/** Repeats the last user message, or the prompt, word by word, at most `maxTokens` of them. */
export function generateText(body: JsonObject, maxTokens: Json | undefined): GeneratedText {
  const messages = isList(body.messages) ? body.messages : [];
  const last = messages.filter((message) => isObject(message) && message.role === 'user').at(-1);
  const asked = isObject(last) ? textOf(last.content) : textOf(body.prompt ?? body.input);
  const pieces = splitTokens(asked === '' ? DEFAULT_TEXT : asked);
  const limit = typeof maxTokens === 'number' && maxTokens >= 0 ? maxTokens : pieces.length;
  const prompt = isList(body.messages)
    ? messages.map((message) => (isObject(message) ? textOf(message.content) : '')).join(' ')
    : asked;
  return {
    tokens: pieces.slice(0, limit),
    finishReason: limit < pieces.length ? 'length' : 'stop',
    promptTokens: splitTokens(prompt).length + messages.length,
  };
}

/** Words with the white space before them; joined they are the text again. */
export function splitTokens(text: string): readonly string[] {
  return text.match(/\s*\S+|\s+$/g) ?? [];
}

/** Numbers made of the text, so that the same input gives the same vector. */
export function embed(text: string, size: number): readonly number[] {
  let state = 2_166_136_261;
  for (const unit of Buffer.from(text)) state = Math.imul(state ^ unit, 16_777_619) >>> 0;
  return Array.from({ length: size }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Number((state / 2 ** 31 - 1).toFixed(6));
  });
}

export function textOf(content: Json | undefined): string {
  if (typeof content === 'string') return content;
  if (!isList(content)) return '';
  return content
    .map((part) => (typeof part === 'string' ? part : isObject(part) && typeof part.text === 'string' ? part.text : ''))
    .join('');
}
