import { createHash } from 'node:crypto';
import type { ModelCapability, ModelFile, ModelInMemory } from '@intrallm/providers';
import type { ModelFacts, Route } from '../routing/routing-table.js';

/** How Ollama calls what a model can do; it has no word for the others. */
const CAPABILITIES: Partial<Record<ModelCapability, string>> = {
  CHAT: 'completion',
  COMPLETION: 'completion',
  EMBEDDING: 'embedding',
  VISION: 'vision',
  TOOLS: 'tools',
  THINKING: 'thinking',
  AUDIO: 'audio',
  IMAGE: 'image',
};

/** A name as /api/tags lists it. No field that clients read is missing: some break without a text or a number. */
export interface ModelEntry {
  readonly name: string;
  readonly model: string;
  readonly modified_at: string;
  readonly size: number;
  readonly digest: string;
  readonly details: ModelDetails;
  readonly capabilities: readonly string[];
}

interface ModelDetails {
  readonly parent_model: string;
  readonly format: string;
  readonly family: string;
  readonly families: readonly string[];
  readonly parameter_size: string;
  readonly quantization_level: string;
  readonly context_length?: number;
  readonly embedding_length?: number;
}

/** Clients fail on an empty text, and a guess would be a lie. */
const UNKNOWN = 'unknown';

export function toEntry(route: Route): ModelEntry {
  const details = toDetails(route);
  const { name } = route;
  const about = {
    name,
    model: name,
    modified_at: new Date(route.created * 1_000).toISOString(),
    size: firstFact(route, 'sizeBytes') ?? 0,
  };
  return { ...about, digest: digestOf(route), details, capabilities: capabilitiesOf(route) };
}

/**
 * That of the weights where an instance tells it. Clients cut it to twelve characters and take another one for another
 * model, so what stands in for it is made of what stays as long as the name is served.
 */
function digestOf(route: Route): string {
  const told = fileOf(route, 'digest');
  return (
    told ??
    createHash('sha256')
      .update(JSON.stringify([route.name, route.created]))
      .digest('hex')
  );
}

/** Far enough for clients to say that the model stays, where the instance does not tell until when. */
const STAYS = '9999-12-31T23:59:59Z';

/** A name as /api/ps lists it, by what its instance told when it was last checked; null where it is unloaded by now. */
export function toRunningEntry(route: Route, inMemory: ModelInMemory | null, now: number): object | null {
  const expiresAt = inMemory?.expiresAt ?? null;
  // A client that reads a time in the past says "Stopping...".
  if (expiresAt !== null && Date.parse(expiresAt) <= now) return null;
  const { capabilities: _, modified_at: __, ...entry } = toEntry(route);
  return {
    ...entry,
    size: inMemory?.sizeBytes ?? entry.size,
    expires_at: expiresAt ?? STAYS,
    size_vram: inMemory?.vramBytes ?? 0,
    context_length: contextOf(route) ?? 0,
  };
}

/** What /api/show says of a name that no Ollama serves. */
export function toShown(route: Route) {
  const { modified_at, details, capabilities } = toEntry(route);
  const architecture = details.family;
  const embedding = details.embedding_length;
  const context = contextOf(route);
  return {
    license: '',
    modelfile: '',
    parameters: '',
    template: '',
    details,
    capabilities,
    modified_at,
    model_info: {
      'general.architecture': architecture,
      'general.basename': route.name,
      ...(context === null ? {} : { [`${architecture}.context_length`]: context }),
      ...(embedding === undefined ? {} : { [`${architecture}.embedding_length`]: embedding }),
    },
  };
}

function toDetails(route: Route): ModelDetails {
  const family = firstFact(route, 'family') ?? UNKNOWN;
  const context = contextOf(route);
  const embedding = fileOf(route, 'embeddingLength');
  return {
    parent_model: '',
    format: fileOf(route, 'format') ?? UNKNOWN,
    family,
    families: [family],
    parameter_size: firstFact(route, 'parameterSize') ?? UNKNOWN,
    quantization_level: firstFact(route, 'quantization') ?? UNKNOWN,
    ...(context === null ? {} : { context_length: context }),
    ...(embedding === null ? {} : { embedding_length: embedding }),
  };
}

/**
 * Everything that one of them can do. Clients hide a model that says nothing, so one that nothing is known of can chat.
 */
function capabilitiesOf({ facts }: Route): readonly string[] {
  const texts = facts.flatMap(({ setCapabilities, statedCapabilities }) => setCapabilities ?? statedCapabilities ?? []);
  if (texts.length === 0) return ['completion'];
  const known = texts.flatMap((text) => JSON.parse(text) as readonly ModelCapability[]);
  return [...new Set(known.flatMap((capability) => CAPABILITIES[capability] ?? []))];
}

/** The smallest: a request may go to any of them. */
function contextOf({ facts }: Route): number | null {
  const lengths = facts.flatMap(({ contextLength }) => contextLength ?? []);
  return lengths.length === 0 ? null : Math.min(...lengths);
}

const firstFact = <K extends keyof ModelFacts>({ facts }: Route, name: K): ModelFacts[K] | null =>
  facts.find((one) => one[name] !== null)?.[name] ?? null;

function fileOf<K extends keyof ModelFile>({ facts }: Route, name: K): ModelFile[K] | null {
  for (const { file } of facts) {
    const told = file === null ? null : (JSON.parse(file) as ModelFile)[name];
    if (told !== null) return told;
  }
  return null;
}
