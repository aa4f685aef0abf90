import { capabilityNamed, inOrder } from '../model-capabilities.js';
import type { ModelCapability } from '../provider.js';
import type { WireModel } from './wire.js';

// Kinds of a model where a server has exactly one for each; "model", "language" and what we do not know say nothing
// certain.
const BY_TYPE: Readonly<Record<string, readonly ModelCapability[]>> = {
  chat: ['CHAT'],
  llm: ['CHAT', 'COMPLETION'],
  vlm: ['CHAT', 'COMPLETION', 'VISION'],
  completion: ['COMPLETION'],
  language: ['COMPLETION'],
  code: ['COMPLETION'],
  embedding: ['EMBEDDING'],
  embeddings: ['EMBEDDING'],
  image: ['IMAGE'],
  audio: ['AUDIO'],
  transcribe: ['AUDIO'],
  rerank: ['RERANK'],
  moderation: [],
};

const BY_PARAMETER: Readonly<Record<string, readonly ModelCapability[]>> = {
  tools: ['TOOLS'],
  reasoning: ['THINKING'],
};

const BY_INPUT: Readonly<Record<string, readonly ModelCapability[]>> = { image: ['VISION'], audio: ['AUDIO'] };

const BY_OUTPUT: Readonly<Record<string, readonly ModelCapability[]>> = {
  text: ['CHAT'],
  image: ['IMAGE'],
  audio: ['AUDIO'],
  embedding: ['EMBEDDING'],
  embeddings: ['EMBEDDING'],
  rerank: ['RERANK'],
};

/**
 * What the server states, from every field that states something; null where none does. Empty: it states that there is
 * nothing.
 */
export function statedCapabilities(model: WireModel): readonly ModelCapability[] | null {
  const type = model.type && Object.hasOwn(BY_TYPE, model.type) ? [model.type] : null;
  const isToldOtherwise = type !== null || Boolean(model.capabilities);
  const statements = [
    fromCapabilities(model.capabilities),
    fromTable(BY_TYPE, type),
    fromTable(BY_PARAMETER, model.supported_parameters),
    fromTable(BY_INPUT, model.architecture?.input_modalities ?? model.input_modalities),
    fromTable(BY_OUTPUT, outputs(model, isToldOtherwise)),
    fromFlags(model),
  ].filter((statement) => statement !== null);
  return statements.length === 0 ? null : inOrder(statements.flat());
}

/**
 * That a model gives text says only then that it chats when nothing more exact is told: a transcriber gives text too.
 */
function outputs(model: WireModel, isToldOtherwise: boolean): readonly string[] | null {
  const told = model.architecture?.output_modalities ?? model.output_modalities ?? null;
  return isToldOtherwise && told !== null ? told.filter((modality) => modality !== 'text') : told;
}

/** A list of names, or a map from names to true or `{ supported: true }`. */
function fromCapabilities(capabilities: WireModel['capabilities']): readonly ModelCapability[] | null {
  if (capabilities === null || capabilities === undefined) return null;
  if (Array.isArray(capabilities)) return capabilities.flatMap(capabilityNamed);
  const entries = Object.entries(capabilities);
  // Anthropic's map tells what its chat takes and does beyond text; it never says "chat".
  const chats = entries.some(([, value]) => typeof value === 'object' && value !== null && 'supported' in value);
  const named = entries.filter(([, value]) => isSupported(value)).flatMap(([name]) => capabilityNamed(name));
  return chats ? ['CHAT', ...named] : named;
}

function isSupported(value: unknown): boolean {
  return (
    value === true || (typeof value === 'object' && value !== null && 'supported' in value && value.supported === true)
  );
}

function fromTable(
  table: Readonly<Record<string, readonly ModelCapability[]>>,
  stated: readonly string[] | null | undefined,
): readonly ModelCapability[] | null {
  return stated?.flatMap((name) => (Object.hasOwn(table, name) ? (table[name] ?? []) : [])) ?? null;
}

/** Fireworks. */
function fromFlags(model: WireModel): readonly ModelCapability[] | null {
  const flags = (['supports_chat', 'supports_image_input', 'supports_tools'] as const).filter(
    (name) => typeof model[name] === 'boolean',
  );
  return flags.length === 0 ? null : flags.filter((name) => model[name] === true).flatMap(capabilityNamed);
}
