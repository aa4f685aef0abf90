import { z } from 'zod';
import type { EndpointCaller } from './check/endpoint-caller.js';
import { tagSchema, tagsSchema, versionSchema } from './ollama/wire.js';
import { ProviderError } from './provider.js';

const PROBE_TIMEOUT_MS = 3_000;

const genuineTagSchema = tagSchema.extend({
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  modified_at: z.iso.datetime({ offset: true }),
  size: z.number(),
});

/** NONE: not Ollama's API at all. EMULATION: another server that answers like Ollama, but is best used by its OpenAI API. */
export type OllamaEvidence = 'GENUINE' | 'EMULATION' | 'NONE';

/**
 * Looks whether the server at this root is Ollama, by requests that change nothing. Version and list must be there; where the
 * list does not prove it, a pull without a body does: Ollama refuses it with 400, emulations have no such path.
 */
export async function ollamaEvidence(caller: EndpointCaller, root: string): Promise<OllamaEvidence> {
  const ask = (path: string) => caller.optionalJson(`${root}${path}`, { timeoutMs: PROBE_TIMEOUT_MS });
  const [version, list] = await Promise.all([ask('/api/version'), ask('/api/tags')]);
  const tags = tagsSchema.safeParse(list);
  if (!tags.success) return isOpenAiList(list) ? 'EMULATION' : 'NONE';
  if (!versionSchema.safeParse(version).success) return 'NONE';
  const rows = tags.data.models ?? [];
  if (rows.length > 0 && rows.every((row) => genuineTagSchema.safeParse(row).success)) return 'GENUINE';
  return (await canPull(caller, root)) ? 'GENUINE' : 'EMULATION';
}

/** llama.cpp once answered at Ollama's paths, in the OpenAI format. */
function isOpenAiList(json: unknown): boolean {
  return typeof json === 'object' && json !== null && 'data' in json;
}

async function canPull(caller: EndpointCaller, root: string): Promise<boolean> {
  try {
    const answer = await caller.request(`${root}/api/pull`, { method: 'POST', timeoutMs: PROBE_TIMEOUT_MS });
    return ![404, 405, 501].includes(answer.status);
  } catch (error) {
    if (error instanceof ProviderError) return false;
    throw error;
  }
}
