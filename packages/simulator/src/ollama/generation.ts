import { embed, generateText, splitTokens, textOf, type GeneratedText } from '../replies/generated-text.js';
import { isList, isObject } from '../replies/template.js';
import type { Json, JsonObject, Reply } from '../reply.js';
import type { OllamaModel } from './models.js';

type StreamError = { readonly afterTokens: number; readonly message: string } | undefined;

/** The answer to /api/chat or /api/generate for a model that is there. Streams unless the request says no. */
export function generate(
  operation: 'chat' | 'generate',
  body: JsonObject,
  model: OllamaModel,
  fault: StreamError,
): Reply {
  const refusal = refuse(operation, body, model);
  if (refusal !== null) return refusal;
  const frame = (piece: string, more: JsonObject): JsonObject => ({
    model: textOf(body.model),
    created_at: new Date().toISOString(),
    ...(operation === 'chat' ? { message: { role: 'assistant', content: piece } } : { response: piece }),
    ...more,
  });
  if (isLoadRequest(operation, body)) {
    return { json: frame('', { done: true, done_reason: body.keep_alive === 0 ? 'unload' : 'load' }) };
  }
  const options = isObject(body.options) ? body.options : {};
  const text = generateText(body, options.num_predict);
  const last = { done: true, done_reason: text.finishReason, ...counts(text) };
  if (body.stream === false) return { json: frame(text.tokens.join(''), last) };
  const pieces = text.tokens.map((piece) => frame(piece, { done: false }));
  const lines: readonly Json[] =
    fault === undefined
      ? [...pieces, frame('', last)]
      : [...pieces.slice(0, fault.afterTokens), { error: fault.message }];
  return ndjson(lines);
}

/** A request without a prompt loads the model, or with `keep_alive: 0` unloads it. */
export function isLoadRequest(operation: 'chat' | 'generate', body: JsonObject): boolean {
  return operation === 'chat' ? !isList(body.messages) || body.messages.length === 0 : textOf(body.prompt) === '';
}

export function embedReply(body: JsonObject, model: OllamaModel): Reply {
  if (!model.capabilities.includes('embedding')) {
    return { status: 501, json: { error: 'this model does not support embeddings' } };
  }
  const inputs: readonly Json[] = isList(body.input) ? body.input : [body.input ?? ''];
  const embeddings = inputs.map((input) => embed(textOf(input), 8));
  const words = inputs.reduce<number>((sum, input) => sum + splitTokens(textOf(input)).length, 0);
  return { json: { model: model.name, embeddings, total_duration: 14_143_917, prompt_eval_count: words } };
}

export function ndjson(lines: readonly Json[]): Reply {
  return {
    headers: [['Content-Type', 'application/x-ndjson']],
    chunks: lines.map((line) => `${JSON.stringify(line)}\n`),
  };
}

function refuse(operation: 'chat' | 'generate', body: JsonObject, model: OllamaModel): Reply | null {
  const lacks = (capability: string): boolean => !model.capabilities.includes(capability);
  const missing = (what: string): Reply => ({
    status: 400,
    json: { error: `"${model.name}" does not support ${what}` },
  });
  if (lacks('completion')) return missing(operation);
  if (isList(body.tools) && body.tools.length > 0 && lacks('tools')) return missing('tools');
  return body.think === true && lacks('thinking') ? missing('thinking') : null;
}

function counts({ tokens, promptTokens }: GeneratedText): JsonObject {
  return {
    total_duration: 884_618_684,
    load_duration: 138_898_381,
    prompt_eval_count: promptTokens,
    prompt_eval_duration: 59_695_145,
    eval_count: tokens.length,
    eval_duration: 642_524_624,
  };
}
