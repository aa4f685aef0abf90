import { AppError } from '../../../errors.js';
import { mediaTypeOf } from './media-type.js';
import { thinkLevel, type ChatRequest, type GenerateRequest, type OllamaMessage } from './request.js';

/**
 * A request to /chat/completions without its model. Written by hand rather than as a schema: nobody reads it but
 * endpoints.
 */
export type OpenaiChat = Readonly<Record<string, unknown>>;

export interface ToOpenaiOptions {
  readonly isStream: boolean;
  /** Writes the arguments of a tool call, an object there and a text here. */
  readonly print: (value: unknown) => string;
}

/** Ollama's chat as a chat completion. Throws BAD_USER_INPUT for a picture that nobody would know. */
export function toOpenaiChat(request: ChatRequest, options: ToOpenaiOptions): OpenaiChat {
  const { messages, tools } = request;
  return {
    messages: toMessages(messages ?? [], options.print),
    ...(tools && tools.length > 0 ? { tools } : {}),
    ...toSettings(request, options),
  };
}

/** Ollama's generate as a chat of one question. Throws BAD_USER_INPUT for what only an Ollama can do. */
export function generateToOpenaiChat(request: GenerateRequest, options: ToOpenaiOptions): OpenaiChat {
  const { prompt, system, images } = request;
  for (const field of ['suffix', 'template', 'context', 'raw'] as const) {
    const value = request[field];
    const isAsked = Array.isArray(value) ? value.length > 0 : Boolean(value);
    if (isAsked) throw onlyOllama(field);
  }
  const messages = [
    ...(system ? [{ role: 'system', content: system }] : []),
    { role: 'user', content: toContent({ content: prompt, images }, 'images') },
  ];
  return { messages, ...toSettings(request, options) };
}

const onlyOllama = (field: string): AppError =>
  new AppError('BAD_USER_INPUT', `This model is served by OpenAI endpoints, which have no "${field}".`, { field });

function toSettings(request: ChatRequest | GenerateRequest, { isStream }: ToOpenaiOptions): Record<string, unknown> {
  const { format, think } = request;
  const { temperature, top_p, seed, num_predict, presence_penalty, frequency_penalty, stop } = request.options ?? {};
  const length = num_predict !== null && num_predict !== undefined && num_predict > 0 ? num_predict : undefined;
  const settings: Record<string, unknown> = {
    stream: isStream,
    temperature,
    top_p,
    seed,
    presence_penalty,
    frequency_penalty,
    stop,
    max_tokens: length,
    response_format: toResponseFormat(format),
    reasoning_effort: thinkLevel(think),
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null && value !== undefined));
}

function toResponseFormat(format: ChatRequest['format']): object | undefined {
  if (format === 'json') return { type: 'json_object' };
  if (typeof format !== 'object' || format === null) return undefined;
  return { type: 'json_schema', json_schema: { name: 'answer', schema: format } };
}

interface OpenCall {
  readonly id: string;
  readonly name: string;
}

function toMessages(messages: readonly OllamaMessage[], print: ToOpenaiOptions['print']): object[] {
  let open: OpenCall[] = [];
  return messages.map((message, index) => {
    const content = toContent(message, `messages.${String(index)}.images`);
    if (message.role === 'tool') {
      const id = takeCall(open, message) ?? `call_${String(index)}`;
      return { role: 'tool', tool_call_id: id, content };
    }
    const calls = message.tool_calls ?? [];
    if (message.role !== 'assistant' || calls.length === 0) return { role: message.role, content };
    // Made of their place, so that the same conversation is the same request each time.
    const named = calls.map((call, place) => ({ ...call, id: call.id || `call_${String(index)}_${String(place)}` }));
    open = named.map(({ id, function: { name } }) => ({ id, name }));
    return {
      role: 'assistant',
      content: content === '' ? null : content,
      tool_calls: named.map(({ id, function: { name, arguments: given } }) => ({
        id,
        type: 'function',
        function: { name, arguments: print(given ?? {}) },
      })),
    };
  });
}

/**
 * The call that a tool's answer belongs to: that of its id, or else the first of its name, or of all, that has none
 * yet.
 */
function takeCall(open: OpenCall[], { tool_call_id: id, tool_name: name }: OllamaMessage): string | null {
  const place = open.findIndex((call) => (id ? call.id === id : !name || call.name === name));
  const call = place === -1 ? undefined : open.splice(place, 1)[0];
  return id || call?.id || null;
}

/** `imagesField`: where the request has the pictures. */
function toContent(
  { content, images }: Pick<OllamaMessage, 'content' | 'images'>,
  imagesField: string,
): string | object[] {
  const text = content ?? '';
  if (!images || images.length === 0) return text;
  return [
    ...(text === '' ? [] : [{ type: 'text', text }]),
    ...images.map((image, place) => ({
      type: 'image_url',
      image_url: { url: toDataUrl(image, `${imagesField}.${String(place)}`) },
    })),
  ];
}

function toDataUrl(image: string, field: string): string {
  if (image.startsWith('data:image/')) return image;
  const type = mediaTypeOf(image);
  if (type !== null) return `data:${type};base64,${image}`;
  throw new AppError('BAD_USER_INPUT', `${field} is no picture in base64 of a kind that is known.`, { field });
}
