// What is read from OpenAI-compatible servers. Only an id is needed; whatever else is null, absent or of another type than
// expected counts as not told, so that no server loses its models over a field that we could do without.
import { z } from 'zod';

const text = z.string().nullish().catch(null);
const flag = z.boolean().nullish().catch(null);
const count = z.number().positive().int().nullish().catch(null);
const texts = z.array(z.string()).nullish().catch(null);

function optional<T extends z.ZodType>(schema: T) {
  return schema.nullish().catch(null);
}

/** One row of a model list, in any of the shapes servers use. */
const wireModelSchema = z.object({
  id: text,
  name: text,
  key: text,
  type: text,
  owned_by: text,
  organization: text,
  publisher: text,
  parent: text,
  active: flag,
  arch: text,
  architecture: optional(z.object({ input_modalities: texts, output_modalities: texts })),
  quantization: z
    .union([z.string(), z.object({ name: z.string() }).transform(({ name }) => name)])
    .nullish()
    .catch(null),
  params_string: text,
  size_bytes: count,
  state: text,
  max_model_len: count,
  loaded_context_length: count,
  context_length: count,
  context_window: count,
  max_context_length: count,
  max_input_tokens: count,
  top_provider: optional(z.object({ context_length: count })),
  meta: optional(z.object({ n_ctx: count, n_ctx_train: count, n_params: count, size: count, ftype: text })),
  capabilities: z
    .union([z.array(z.string()), z.record(z.string(), z.unknown())])
    .nullish()
    .catch(null),
  input_modalities: texts,
  output_modalities: texts,
  supported_parameters: texts,
  supports_chat: flag,
  supports_image_input: flag,
  supports_tools: flag,
  loaded_instances: optional(z.array(z.object({ config: optional(z.object({ context_length: count })) }))),
});
export type WireModel = z.infer<typeof wireModelSchema>;

const pageSchema = z.object({
  data: z.array(z.unknown()).nullish(),
  models: z.array(z.unknown()).nullish(),
  links: optional(z.object({ next: text })),
  has_more: flag,
  last_id: text,
});

/** One answer of a model list. */
export interface CataloguePage {
  readonly rows: readonly unknown[];
  /** OpenRouter: where the next page is. */
  readonly nextLink: string | null;
  /** Anthropic: the last id of this page, when there are more. */
  readonly nextAfterId: string | null;
}

/** A bare array, `data` (null is an empty list: Ollama's), or `models`; null for anything else. `data` wins over `models`. */
export function parsePage(json: unknown): CataloguePage | null {
  if (Array.isArray(json)) return { rows: json as unknown[], nextLink: null, nextAfterId: null };
  const parsed = pageSchema.safeParse(json);
  if (!parsed.success) return null;
  const { data, models, links, has_more: hasMore, last_id: lastId } = parsed.data;
  if (data === undefined && models === undefined) return null;
  const rows = data === undefined || data === null ? (models ?? []) : withCapabilities(data, models ?? []);
  return { rows, nextLink: links?.next ?? null, nextAfterId: hasMore === true ? (lastId ?? null) : null };
}

/** llama.cpp states capabilities in a second list beside `data`, for the same names. */
function withCapabilities(data: readonly unknown[], models: readonly unknown[]): readonly unknown[] {
  if (models.length === 0) return data;
  const stated = new Map(models.map(parseRow).map((row) => [row?.name ?? row?.key ?? row?.id, row?.capabilities]));
  return data.map((row) => {
    const capabilities = stated.get(parseRow(row)?.id);
    return capabilities && typeof row === 'object' ? { capabilities, ...row } : row;
  });
}

/** Null for a row that is no object. */
export function parseRow(row: unknown): WireModel | null {
  const parsed = wireModelSchema.safeParse(row);
  return parsed.success ? parsed.data : null;
}
