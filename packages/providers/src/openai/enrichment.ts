import { z } from 'zod';
import type { EndpointCaller } from '../check/endpoint-caller.js';
import { ProviderError } from '../provider.js';
import { readModels } from './catalogue.js';
import type { IdentifiedModel } from './mapping.js';
import type { WireModel } from './wire.js';

const TIMEOUT_MS = 2_000;

/** What a server tells beside its list. */
interface Enrichment {
  /** By model id; only what is told replaces what the list said. */
  readonly facts: ReadonlyMap<string, Partial<WireModel>>;
  readonly serverVersion: string | null;
}

/** One kind of server: by which shape its list is known for certain, and how to ask it for more. */
interface Source {
  recognises(models: readonly IdentifiedModel[], headers: Readonly<Record<string, string>>): boolean;
  read(caller: EndpointCaller, models: readonly IdentifiedModel[]): Promise<Enrichment>;
}

/**
 * Asks a server that its list identifies for what the list leaves out: one or two requests of at most 2 s each. Never
 * fails but when aborted, costs no token and loads no model.
 */
export async function enrich(
  caller: EndpointCaller,
  models: readonly IdentifiedModel[],
  headers: Readonly<Record<string, string>>,
): Promise<{ models: readonly IdentifiedModel[]; serverVersion: string | null }> {
  const source = models.length === 0 ? undefined : SOURCES.find((candidate) => candidate.recognises(models, headers));
  const { facts, serverVersion } = source ? await source.read(caller, models) : NOTHING;
  const enriched =
    facts.size === 0 ? models : models.map(({ id, wire }) => ({ id, wire: { ...wire, ...facts.get(id) } }));
  return { models: enriched, serverVersion: serverVersion ?? headerVersion(headers) };
}

/** The address of the server without the part that only its OpenAI API has. */
export function rootOf(base: string): string {
  return base.replace(/\/v\d+$/, '');
}

/** Shown by the list of a llama.cpp server. */
export function isLlamaCpp(models: readonly IdentifiedModel[]): boolean {
  return models.some(({ wire }) => wire.owned_by === 'llamacpp');
}

const NOTHING: Enrichment = { facts: new Map(), serverVersion: null };

const llamaPropsSchema = z.object({
  build_info: z.string().nullish().catch(null),
  modalities: z.object({ vision: z.boolean().nullish(), audio: z.boolean().nullish() }).nullish().catch(null),
});

const llamaCpp: Source = {
  recognises: isLlamaCpp,
  async read(caller, models) {
    const props = llamaPropsSchema.safeParse(await ask(caller, `${rootOf(caller.endpoint.url)}/props`));
    const name = 'llama.cpp';
    if (!props.success) return { ...NOTHING, serverVersion: name };
    const { modalities, build_info: build } = props.data;
    const inputs = [...(modalities?.vision ? ['image'] : []), ...(modalities?.audio ? ['audio'] : [])];
    const only = models.length === 1 ? models[0] : undefined;
    const facts = only && inputs.length > 0 ? new Map([[only.id, { input_modalities: inputs }]]) : NOTHING.facts;
    return { facts, serverVersion: build ? `${name} ${build}` : name };
  },
};

const tgiInfoSchema = z.object({
  version: z.string().nullish().catch(null),
  max_total_tokens: z.number().int().positive().nullish().catch(null),
  max_input_tokens: z.number().int().positive().nullish().catch(null),
});

const textGenerationInference: Source = {
  recognises: (models) => models.length === 1 && models[0]?.wire.owned_by === models[0]?.id,
  async read(caller, models) {
    const info = tgiInfoSchema.safeParse(await ask(caller, `${rootOf(caller.endpoint.url)}/info`));
    const only = models[0];
    if (!info.success || !only) return NOTHING;
    const { max_total_tokens: total, version } = info.data;
    const facts = total ? new Map([[only.id, { max_model_len: total }]]) : NOTHING.facts;
    return { facts, serverVersion: version ? `text-generation-inference ${version}` : null };
  },
};

const lmStudio: Source = {
  recognises: (models) => models.every(({ wire }) => wire.owned_by === 'organization_owner'),
  async read(caller) {
    const origin = rootOf(caller.endpoint.url);
    const facts = await factsAt(caller, `${origin}/api/v1/models`);
    return {
      facts: facts.size > 0 ? facts : await factsAt(caller, `${origin}/api/v0/models`),
      serverVersion: 'LM Studio',
    };
  },
};

const localAi: Source = {
  recognises: (models) => models.every(({ wire }) => toldNames(wire).every((name) => name === 'id')),
  async read(caller) {
    return { facts: await factsAt(caller, `${caller.endpoint.url}/models/capabilities`), serverVersion: null };
  },
};

const xAi: Source = {
  recognises: (models) => models.every(({ wire }) => wire.owned_by === 'xai'),
  async read(caller) {
    return { facts: await factsAt(caller, `${caller.endpoint.url}/language-models`), serverVersion: null };
  },
};

const versionSchema = z.object({ version: z.string().min(1).max(100) });

const vllm: Source = {
  recognises: (models) => models.some(({ wire }) => wire.owned_by === 'vllm'),
  async read(caller) {
    const told = versionSchema.safeParse(await ask(caller, `${rootOf(caller.endpoint.url)}/version`));
    return { ...NOTHING, serverVersion: told.success ? `vLLM ${told.data.version}` : 'vLLM' };
  },
};

const SOURCES: readonly Source[] = [llamaCpp, vllm, lmStudio, xAi, textGenerationInference, localAi];

function ask(caller: EndpointCaller, url: string): Promise<unknown> {
  return caller.optionalJson(url, { timeoutMs: Math.min(TIMEOUT_MS, caller.remainingMs() / 2) });
}

/** Another list of the same models, with all its pages as far as the time allows. */
async function factsAt(caller: EndpointCaller, url: string): Promise<Map<string, Partial<WireModel>>> {
  const facts = new Map<string, Partial<WireModel>>();
  try {
    const timeoutMs = Math.min(TIMEOUT_MS, caller.remainingMs() / 2);
    const { rows } = await readModels(caller, url, null, timeoutMs);
    for (const wire of rows ?? []) {
      const id = wire?.id ?? wire?.key;
      if (wire && id) facts.set(id, told(wire));
    }
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
  }
  return facts;
}

/** Only what the row tells, so that it replaces nothing by silence. */
function told(wire: WireModel): Partial<WireModel> {
  return Object.fromEntries(toldNames(wire).map((name) => [name, wire[name]]));
}

function toldNames(wire: WireModel): (keyof WireModel)[] {
  return (Object.keys(wire) as (keyof WireModel)[]).filter((name) => wire[name] !== null && wire[name] !== undefined);
}

function headerVersion(headers: Readonly<Record<string, string>>): string | null {
  return headers['server'] === 'llama.cpp' ? 'llama.cpp' : null;
}
