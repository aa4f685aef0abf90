// What is read from Ollama. As with the other adapter: a field that is null, absent or of another type counts as not told.
import { z } from 'zod';

const text = z.string().nullish().catch(null);
const count = z.number().positive().nullish().catch(null);
const texts = z.array(z.string()).nullish().catch(null);

const detailsSchema = z
  .object({ family: text, parameter_size: text, quantization_level: text, context_length: count })
  .nullish()
  .catch(null);

export const tagSchema = z.object({
  name: text,
  model: text,
  digest: text,
  size: count,
  modified_at: text,
  remote_host: text,
  details: detailsSchema,
  capabilities: texts,
});
export type WireTag = z.infer<typeof tagSchema>;

/** `data` and `object` beside `models` show llama.cpp, which lists its models for either API in one answer. */
export const tagsSchema = z.object({
  models: z.array(z.unknown()).nullable(),
  data: z.undefined().optional(),
  object: z.undefined().optional(),
});

export const versionSchema = z.object({ version: z.string().min(1).max(100), error: z.undefined().optional() });

export const runningSchema = z.object({
  models: z.array(z.object({ name: text, model: text, context_length: count }).nullable().catch(null)).nullable(),
});

export const showSchema = z.object({
  capabilities: texts,
  details: detailsSchema,
  parameters: text,
  model_info: z.record(z.string(), z.unknown()).nullish().catch(null),
});
export type WireShow = z.infer<typeof showSchema>;
