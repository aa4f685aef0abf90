import { createHash } from 'node:crypto';
import type { ModelCapability } from '@intrallm/providers';
import type { ModelFacts, Route } from '../routing-table.js';

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
}

export function toEntry(route: Route): ModelEntry {
  const details = toDetails(route);
  const { name } = route;
  const about = {
    ...{ name, model: name, modified_at: new Date(route.created * 1_000).toISOString() },
    size: firstOf(route, 'sizeBytes') ?? 0,
  };
  const capabilities = capabilitiesOf(route);
  // Of what is told here, not of weights: clients cut it to twelve characters and look whether it has changed.
  const digest = createHash('sha256')
    .update(JSON.stringify([about, details, capabilities]))
    .digest('hex');
  return { ...about, digest, details, capabilities };
}

/** A name as /api/ps lists it. When it is unloaded, and where it is, nobody here knows. */
export const toRunningEntry = (route: Route) => {
  const { capabilities: _, modified_at: __, ...entry } = toEntry(route);
  return {
    ...entry,
    expires_at: '0001-01-01T00:00:00Z',
    size_vram: 0,
    context_length: contextOf(route) ?? 0,
  };
};

/** What /api/show says of a name that no Ollama serves. */
export function toShown(route: Route) {
  const { modified_at, details, capabilities } = toEntry(route);
  const architecture = details.family === '' ? 'unknown' : details.family;
  const context = contextOf(route);
  return {
    ...{ license: '', modelfile: '', parameters: '', template: '' },
    ...{ details, capabilities, modified_at },
    model_info: {
      'general.architecture': architecture,
      'general.basename': route.name,
      ...(context === null ? {} : { [`${architecture}.context_length`]: context }),
    },
  };
}

function toDetails(route: Route): ModelDetails {
  const family = firstOf(route, 'family') ?? '';
  const context = contextOf(route);
  return {
    ...{ parent_model: '', format: '', family, families: family === '' ? [] : [family] },
    parameter_size: firstOf(route, 'parameterSize') ?? '',
    quantization_level: firstOf(route, 'quantization') ?? '',
    ...(context === null ? {} : { context_length: context }),
  };
}

/** Everything that one of them can do. Clients hide a model that says nothing, so one that nothing is known of can chat. */
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

const firstOf = <K extends keyof ModelFacts>({ facts }: Route, name: K): ModelFacts[K] | null =>
  facts.find((one) => one[name] !== null)?.[name] ?? null;
