import { randomBytes } from 'node:crypto';
import type { ModelSeed, Profile } from '../profile.js';
import { errorReply } from '../replies/error-style.js';
import { embed, generateText, textOf } from '../replies/generated-text.js';
import { fill, isList, isObject } from '../replies/template.js';
import type { Json, JsonObject, Reply } from '../reply.js';
import { parseObject } from '../requests/request-body.js';
import { streamReply, type Frame } from './stream.js';

export type Operation = 'chat' | 'completion' | 'embedding';

/** The answer to a request that generates, as a server of this profile gives it. */
export function generationReply(
  operation: Operation,
  rawBody: Buffer,
  profile: Profile,
  models: readonly ModelSeed[],
): Reply {
  const style = profile.errors ?? 'openai';
  const body = parseObject(rawBody);
  if (body === null)
    return errorReply(style, profile.generation?.malformedStatus ?? 400, 'The body is not valid JSON.');
  const refused = refusal(operation, body, profile, models);
  if (refused !== null) return refused;
  if (operation === 'embedding') return embeddingReply(body);
  const stream = profile.stream ?? {};
  if (body.stream !== true) return completionReply(operation, body, profile);
  if (body.stream_options !== undefined && stream.refuseOptions !== undefined) return stream.refuseOptions;
  if (stream.instead !== undefined) return stream.instead;
  return streamReply(textFor(body), frameFor(operation, body, profile), stream);
}

function refusal(operation: Operation, body: JsonObject, profile: Profile, models: readonly ModelSeed[]): Reply | null {
  const style = profile.errors ?? 'openai';
  const model = typeof body.model === 'string' ? body.model : '';
  if (operation === 'chat' && !isList(body.messages)) return errorReply(style, 400, "'messages' is required");
  if (profile.unknownModel !== 'ignored' && !models.some(({ id }) => id === model)) {
    const reply = profile.unknownModel ?? errorReply(style, 404, `The model \`${model}\` does not exist.`);
    return reply.json === undefined ? reply : { ...reply, json: fill(reply.json, { id: model }) };
  }
  if (operation === 'embedding') return profile.generation?.embeddings ?? null;
  return overflow(body, profile);
}

function overflow(body: JsonObject, { generation }: Profile): Reply | null {
  const limit = generation?.contextWords ?? Infinity;
  const { promptTokens } = generateText(body, 0);
  if (promptTokens <= limit) return null;
  const message = `request (${promptTokens} tokens) exceeds the available context size (${limit} tokens), try increasing it`;
  const error = { code: 400, message, type: 'exceed_context_size_error', n_prompt_tokens: promptTokens, n_ctx: limit };
  return { status: 400, json: { error } };
}

function completionReply(operation: Operation, body: JsonObject, profile: Profile): Reply {
  const text = textFor(body);
  const { base, usage } = frameFor(operation, body, profile);
  const content = text.tokens.join('');
  const choice =
    operation === 'chat'
      ? { index: 0, message: { role: 'assistant', content }, finish_reason: text.finishReason }
      : { index: 0, text: content, finish_reason: text.finishReason };
  const object = operation === 'chat' ? 'chat.completion' : 'text_completion';
  const json = { ...base, object, choices: [choice], usage };
  const prefix = profile.generation?.jsonPrefix;
  if (prefix === undefined) return { json };
  return { headers: [['Content-Type', 'application/json']], text: prefix + JSON.stringify(json) };
}

function frameFor(operation: Operation, body: JsonObject, profile: Profile): Frame {
  const text = textFor(body);
  const completionTokens = text.tokens.length;
  const options = isObject(body.stream_options) ? body.stream_options : {};
  return {
    base: {
      id: `${operation === 'chat' ? 'chatcmpl' : 'cmpl'}-${randomBytes(8).toString('hex')}`,
      object: operation === 'chat' ? 'chat.completion.chunk' : 'text_completion',
      created: Math.floor(Date.now() / 1_000),
      model: typeof body.model === 'string' ? body.model : '',
      ...profile.generation?.extra,
    },
    field: operation === 'chat' ? 'delta' : 'text',
    usage: {
      prompt_tokens: text.promptTokens,
      completion_tokens: completionTokens,
      total_tokens: text.promptTokens + completionTokens,
    },
    usageAsked: options.include_usage === true,
  };
}

function textFor(body: JsonObject): ReturnType<typeof generateText> {
  return generateText(body, body.max_completion_tokens ?? body.max_tokens);
}

function embeddingReply(body: JsonObject): Reply {
  const inputs: readonly Json[] = isList(body.input) ? body.input : [body.input ?? ''];
  const data = inputs.map((input, index) => ({ object: 'embedding', index, embedding: embed(textOf(input), 8) }));
  const tokens = inputs.reduce<number>((sum, input) => sum + textOf(input).length, 0);
  const usage = { prompt_tokens: tokens, total_tokens: tokens };
  return { json: { object: 'list', data, model: body.model ?? null, usage } };
}
