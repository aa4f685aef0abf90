// What is read of Ollama's requests where they are translated. Fields that are not named here say nothing to an OpenAI
// endpoint: docs/gateway.md lists them. Source: the API document of Ollama.
import { z } from 'zod';
import { AppError, badInput } from '../../../errors.js';
import { isIntricate } from '../../body/body-scanner.js';
import type { ExactJson } from './exact-integers.js';

const toolCall = z.object({
  id: z.string().nullish(),
  function: z.object({ name: z.string(), arguments: z.record(z.string(), z.unknown()).nullish() }),
});

/** Of one message: each answer of a tool is looked for among them. */
const MOST_CALLS = 1_000;

const message = z.object({
  role: z.enum(['system', 'user', 'assistant', 'tool']),
  content: z.string().nullish(),
  images: z.array(z.string()).nullish(),
  tool_calls: z.array(toolCall).max(MOST_CALLS).nullish(),
  tool_name: z.string().nullish(),
  tool_call_id: z.string().nullish(),
});
export type OllamaMessage = z.infer<typeof message>;

/** Of a level of thinking, in characters. */
const LONGEST_LEVEL = 64;

/** What chat and generate have in common. */
const generation = {
  format: z.union([z.literal(''), z.literal('json'), z.record(z.string(), z.unknown())]).nullish(),
  // Which levels there are is the endpoint's to say: new models bring new ones.
  think: z.union([z.boolean(), z.string().max(LONGEST_LEVEL)]).nullish(),
  options: z
    .object({
      temperature: z.number().nullish(),
      top_p: z.number().nullish(),
      // Longer integers come as the marked text of exact-integers.ts.
      seed: z.union([z.number(), z.string()]).nullish(),
      num_predict: z.number().int().nullish(),
      presence_penalty: z.number().nullish(),
      frequency_penalty: z.number().nullish(),
      stop: z.union([z.string(), z.array(z.string())]).nullish(),
    })
    .nullish(),
  keep_alive: z.unknown().optional(),
};

export const chatRequest = z.object({
  ...generation,
  messages: z.array(message).nullish(),
  tools: z.array(z.unknown()).nullish(),
});
export type ChatRequest = z.infer<typeof chatRequest>;

export const generateRequest = z.object({
  ...generation,
  prompt: z.string().nullish(),
  system: z.string().nullish(),
  images: z.array(z.string()).nullish(),
  suffix: z.string().nullish(),
  template: z.string().nullish(),
  raw: z.boolean().nullish(),
  context: z.array(z.unknown()).nullish(),
});
export type GenerateRequest = z.infer<typeof generateRequest>;

export const embedRequest = z.object({
  input: z.union([z.string(), z.array(z.string())]).nullish(),
  dimensions: z.number().int().positive().nullish(),
});

/** Of the older route for a single text. */
export const embeddingsRequest = z.object({ prompt: z.string().nullish() });

/** Throws BAD_USER_INPUT naming the first field that cannot be used. */
export function parseRequest<T>(schema: z.ZodType<T>, body: Buffer, json: ExactJson): T {
  if (isIntricate(body)) throw new AppError('BAD_USER_INPUT', 'The body has too many parts, or they lie too deep.');
  const parsed = schema.safeParse(readJson(body, json));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.') ?? 'body';
  throw badInput([{ field, message: `${field}: ${issue?.message ?? 'is not usable'}` }]);
}

function readJson(body: Buffer, json: ExactJson): unknown {
  try {
    return json.parse(body.toString('utf8'));
  } catch (cause) {
    throw new AppError('BAD_USER_INPUT', 'The body must be one JSON object.', {}, { cause });
  }
}

/** The level that is asked for; undefined: none, but perhaps that there be thoughts or not. */
export function thinkLevel(think: ChatRequest['think']): string | undefined {
  return typeof think === 'string' && think !== '' && think !== 'true' && think !== 'false' ? think : undefined;
}

/** The caller wants no thoughts. */
export const refusesThoughts = (think: ChatRequest['think']): boolean => think === false || think === 'false';

/** A request that only has the model loaded, or with `keep_alive: 0` unloaded; null: it asks for an answer. */
export function loadReason(isEmpty: boolean, keepAlive: unknown): 'load' | 'unload' | null {
  if (!isEmpty) return null;
  return keepAlive === 0 || (typeof keepAlive === 'string' && /^0+[a-zµ]*$/.test(keepAlive)) ? 'unload' : 'load';
}
