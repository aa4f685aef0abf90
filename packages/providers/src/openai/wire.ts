// What is read from OpenAI-compatible servers. Only an id is needed; whatever else is null, absent or of another type
// than expected counts as not told, so that no server loses its models over a field that we could do without.
import { z } from 'zod';
import type { ListFormat, ListPage } from '../list/read-page.js';

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

/** How these lists are read: a bare array, `data` (null is an empty list: Ollama's), or `models`. */
export const modelListFormat: ListFormat<WireModel | null> = { keys: ['data', 'models'], toRow: parseRow };

/** `data` wins over `models`; null where there is neither. */
export function rowsOf({ lists }: ListPage<WireModel | null>): readonly (WireModel | null)[] | null {
  const root = lists.get('');
  if (root) return root;
  if (lists.size === 0) return null;
  const models = lists.get('models') ?? [];
  const data = lists.get('data') ?? null;
  return data === null ? models : withCapabilities(data, models);
}

/** llama.cpp states capabilities in a second list beside `data`, for the same names. */
function withCapabilities(
  data: readonly (WireModel | null)[],
  models: readonly (WireModel | null)[],
): readonly (WireModel | null)[] {
  if (models.length === 0) return data;
  const stated = new Map(models.map((row) => [row?.name ?? row?.key ?? row?.id, row?.capabilities]));
  return data.map((row) => {
    const capabilities = row === null ? null : stated.get(row.id);
    return row !== null && capabilities && !row.capabilities ? { ...row, capabilities } : row;
  });
}

/** Entries of a list in a row that are looked at: those of thousands name nothing that we show. */
const MOST_ENTRIES = 100;
const BOUNDED = ['capabilities', 'supported_parameters', 'input_modalities', 'output_modalities', 'loaded_instances'];

/** Null for a row that is no object. */
function parseRow(row: unknown): WireModel | null {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return null;
  const parsed = wireModelSchema.safeParse(bounded(row as Record<string, unknown>));
  return parsed.success ? parsed.data : null;
}

function bounded(row: Record<string, unknown>): Record<string, unknown> {
  const architecture = row['architecture'];
  const inner = typeof architecture === 'object' && architecture !== null ? { ...architecture } : null;
  const short: Record<string, unknown> = inner === null ? row : { ...row, architecture: cutLists(inner) };
  return cutLists(short);
}

function cutLists(fields: Record<string, unknown>): Record<string, unknown> {
  let cut = fields;
  for (const name of BOUNDED) {
    const value = fields[name];
    if (Array.isArray(value) && value.length > MOST_ENTRIES) cut = { ...cut, [name]: value.slice(0, MOST_ENTRIES) };
    else if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      const entries = Object.entries(value);
      if (entries.length > MOST_ENTRIES) cut = { ...cut, [name]: Object.fromEntries(entries.slice(0, MOST_ENTRIES)) };
    }
  }
  return cut;
}
