// What is read from Ollama. As with the other adapter: a field that is null, absent or of another type counts as not
// told.
import { z } from 'zod';
import type { ListFormat, ListPage } from '../list/read-page.js';

const text = z.string().nullish().catch(null);
const count = z.number().positive().nullish().catch(null);
/** As a count, but nothing is an amount as well. */
const amount = z.number().nonnegative().nullish().catch(null);
const texts = z.array(z.string()).nullish().catch(null);

const detailsSchema = z

  .object({
    format: text,
    family: text,
    parameter_size: text,
    quantization_level: text,
    context_length: count,
    embedding_length: count,
  })
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

/** Capabilities of a model that are looked at. */
const MOST_ENTRIES = 100;

/** How its list is read. Null for a row that is no object. */
export const tagListFormat: ListFormat<WireTag | null> = {
  keys: ['models'],
  toRow(row) {
    const stated = isObject(row) ? row['capabilities'] : null;
    const isLong = Array.isArray(stated) && stated.length > MOST_ENTRIES;
    const parsed = tagSchema.safeParse(
      isLong ? { ...(row as object), capabilities: stated.slice(0, MOST_ENTRIES) } : row,
    );
    return parsed.success ? parsed.data : null;
  },
};

/**
 * `data` and `object` beside `models` show llama.cpp, which lists its models for either API in one answer. Null: not
 * Ollama's.
 */
export function tagsOf({ lists, beside }: ListPage<WireTag | null>): readonly (WireTag | null)[] | null {
  if (!lists.has('models') || beside.has('data') || beside.has('object')) return null;
  return lists.get('models') ?? [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

export const versionSchema = z.object({ version: z.string().min(1).max(100), error: z.undefined().optional() });

export const runningSchema = z.object({
  models: z
    .array(
      z
        .object({ name: text, model: text, context_length: count, size: count, size_vram: amount, expires_at: text })
        .nullable()
        .catch(null),
    )
    .nullable(),
});

export const showSchema = z.object({
  capabilities: texts,
  details: detailsSchema,
  parameters: text,
  model_info: z.record(z.string(), z.unknown()).nullish().catch(null),
});
export type WireShow = z.infer<typeof showSchema>;
