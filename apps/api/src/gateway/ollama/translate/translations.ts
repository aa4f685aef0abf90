import type { Translation } from '../ollama-dialect.js';
import type { AnswerSettings } from './answer-line.js';
import { createExactJson } from './exact-integers.js';
import { ChatStreamTranslator } from './from-openai-chat.js';
import {
  chatRequest,
  embeddingsRequest,
  embedRequest,
  generateRequest,
  loadReason,
  parseRequest,
  refusesThoughts,
  type ChatRequest,
  type GenerateRequest,
} from './request.js';
import { generateToOpenaiChat, toOpenaiChat, type OpenaiChat } from './to-openai-chat.js';
import { translateWholeChat, translateWholeEmbeddings } from './whole-answer.js';

interface ToTranslate {
  readonly body: Buffer;
  /** As the caller named it. */
  readonly model: string;
  readonly isStream: boolean;
}

/** Makes the translation of a request. Throws BAD_USER_INPUT where there is none. */
export type Translate = (request: ToTranslate) => Translation;

export const translateChat: Translate = (asked) => {
  const json = createExactJson();
  const request = parseRequest(chatRequest, asked.body, json);
  const chat = toOpenaiChat(request, { isStream: asked.isStream, print: json.print });
  const isEmpty = (request.messages ?? []).length === 0;
  return chatTranslation(asked, { shape: 'chat', request, chat, isEmpty, print: json.print });
};

export const translateGenerate: Translate = (asked) => {
  const json = createExactJson();
  const request = parseRequest(generateRequest, asked.body, json);
  const chat = generateToOpenaiChat(request, { isStream: asked.isStream, print: json.print });
  const isEmpty = !request.prompt && (request.images ?? []).length === 0;
  return chatTranslation(asked, { shape: 'generate', request, chat, isEmpty, print: json.print });
};

interface Asked {
  readonly shape: AnswerSettings['shape'];
  readonly request: ChatRequest | GenerateRequest;
  readonly chat: OpenaiChat;
  readonly isEmpty: boolean;
  readonly print: (value: unknown) => string;
}

function chatTranslation(
  { model, isStream }: ToTranslate,
  { shape, request, chat, isEmpty, print }: Asked,
): Translation {
  const settings: AnswerSettings = {
    shape,
    model,
    startedAt: performance.now(),
    hidesThinking: refusesThoughts(request.think),
  };
  return {
    path: '/chat/completions',
    print: (upstreamId, asksForTokens) =>
      print({ model: upstreamId, ...chat, ...(asksForTokens ? { stream_options: { include_usage: true } } : {}) }),
    translators: {
      stream: isStream ? () => new ChatStreamTranslator(settings) : null,
      whole: (bytes) => translateWholeChat(bytes, settings),
    },
    loadReason: loadReason(isEmpty, request.keep_alive),
  };
}

export const translateEmbed: Translate = ({ body, model }) => {
  const { input, dimensions } = parseRequest(embedRequest, body, createExactJson());
  const wanted = { input: input ?? [], ...(dimensions ? { dimensions } : {}) };
  return embeddings(model, wanted, { isSingle: false, isEmpty: wanted.input.length === 0 });
};

export const translateEmbeddings: Translate = ({ body, model }) => {
  const { prompt } = parseRequest(embeddingsRequest, body, createExactJson());
  return embeddings(model, { input: prompt ?? '' }, { isSingle: true, isEmpty: !prompt });
};

function embeddings(
  model: string,
  wanted: object,
  { isSingle, isEmpty }: { readonly isSingle: boolean; readonly isEmpty: boolean },
): Translation {
  const settings = { model, startedAt: performance.now() };
  return {
    path: '/embeddings',
    print: (upstreamId) => JSON.stringify({ model: upstreamId, ...wanted }),
    translators: { stream: null, whole: (bytes) => translateWholeEmbeddings(bytes, settings, isSingle) },
    loadReason: isEmpty ? 'load' : null,
  };
}
