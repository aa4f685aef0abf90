import { z } from 'zod';
import type { EndpointCaller } from '../check/endpoint-caller.js';
import type { Located } from '../kinds/adapter.js';
import { readPage, type ListFormat, type ListPage } from '../list/read-page.js';
import { ProviderError } from '../provider.js';
import { tagSchema, versionSchema } from './wire.js';

const PROBE_TIMEOUT_MS = 3_000;

const genuineTagSchema = tagSchema.extend({
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  modified_at: z.iso.datetime({ offset: true }),
  size: z.number(),
});

/**
 * NONE: not Ollama's API at all. EMULATION: another server that answers like Ollama, but is best used by its OpenAI
 * API.
 */
type OllamaEvidence = 'GENUINE' | 'EMULATION' | 'NONE';

/** Looks at the URL itself, without the parts that only the APIs have, and at the origin. */
export async function locateOllama(caller: EndpointCaller, url: string): Promise<Located> {
  const roots = [...new Set([url, url.replace(/\/(v1|api)$/, ''), new URL(url).origin])];
  const found = await Promise.all(roots.map(async (root) => ({ root, evidence: await ollamaEvidence(caller, root) })));
  const rootsWith = (wanted: OllamaEvidence): string[] =>
    found.filter(({ evidence }) => evidence === wanted).map(({ root }) => root);
  return { proven: rootsWith('GENUINE'), imitated: rootsWith('EMULATION'), usual: [] };
}

/**
 * Looks whether the server at this root is Ollama, by requests that change nothing. Version and list must be there;
 * where the list does not prove it, a pull without a body does: Ollama refuses it with 400, emulations have no such
 * path.
 */
async function ollamaEvidence(caller: EndpointCaller, root: string): Promise<OllamaEvidence> {
  const version = caller.optionalJson(`${root}/api/version`, { timeoutMs: PROBE_TIMEOUT_MS });
  const list = await readRows(caller, `${root}/api/tags`);
  const isVersion = versionSchema.safeParse(await version).success;
  // llama.cpp once answered at Ollama's paths, in the OpenAI format.
  if (list !== null && (list.beside.has('data') || list.lists.has('data'))) return 'EMULATION';
  if (!list?.lists.has('models') || list.beside.has('object')) return 'NONE';
  if (!isVersion) return 'NONE';
  const rows = list.lists.get('models') ?? [];
  if (rows.length > 0 && rows.every(Boolean)) return 'GENUINE';
  return (await canPull(caller, root)) ? 'GENUINE' : 'EMULATION';
}

/** Of each row whether it is as only Ollama writes it. */
const evidenceFormat: ListFormat<boolean> = {
  keys: ['models', 'data'],
  toRow: (row) => genuineTagSchema.safeParse(row).success,
};

async function readRows(caller: EndpointCaller, url: string): Promise<ListPage<boolean> | null> {
  try {
    return (await readPage(caller, url, { format: evidenceFormat, memory: null, timeoutMs: PROBE_TIMEOUT_MS })).page;
  } catch (error) {
    if (error instanceof ProviderError) return null;
    throw error;
  }
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
