import { isUsableId, statedText } from '../check/stated-text.js';
import { capabilityNamed, inOrder } from '../model-capabilities.js';
import type { DiscoveredModel, ModelCapability, ModelFile, ModelInMemory } from '../provider.js';
import type { WireShow, WireTag } from './wire.js';

/** What `/api/show` adds to an entry of the list. */
export interface ShownFacts {
  readonly capabilities: readonly ModelCapability[] | null;
  readonly contextLength: number | null;
  readonly trainedContextLength: number | null;
  readonly embeddingLength: number | null;
}

/** A model in memory, by `/api/ps`. */
export interface RunningModel {
  /** What it was loaded with; null where an older server does not say. */
  readonly contextLength: number | null;
  readonly inMemory: ModelInMemory;
}

export interface TagSources {
  readonly shown: ShownFacts | null;
  /** By name; null where the endpoint does not say what is loaded. */
  readonly running: ReadonlyMap<string, RunningModel> | null;
}

export function tagName(tag: WireTag): string | null {
  const name = tag.model || tag.name;
  return name && isUsableId(name) ? name : null;
}

export function toDiscoveredModel(name: string, tag: WireTag, { shown, running }: TagSources): DiscoveredModel {
  const loaded = running?.get(name) ?? null;
  return {
    upstreamId: name,
    ownedBy: null,
    capabilities: tag.capabilities ? statedCapabilities(tag.capabilities) : (shown?.capabilities ?? null),
    contextLength: loaded?.contextLength ?? shown?.contextLength ?? tag.details?.context_length ?? null,
    family: tag.details?.family || null,
    parameterSize: tag.details?.parameter_size || null,
    quantization: tag.details?.quantization_level || null,
    sizeBytes: tag.size ?? null,
    loaded: running === null ? null : loaded !== null,
    declared: false,
    file: toFile(tag, shown),
    inMemory: loaded?.inMemory ?? null,
  };
}

function toFile({ digest, details }: WireTag, shown: ShownFacts | null): ModelFile {
  const hex = digest?.replace(/^sha256:/, '').toLowerCase() ?? '';
  return {
    digest: /^[0-9a-f]{64}$/.test(hex) ? hex : null,
    format: statedText(details?.format || null),
    embeddingLength: wholeOrNull(details?.embedding_length ?? shown?.embeddingLength),
    trainedContextLength: wholeOrNull(details?.context_length ?? shown?.trainedContextLength),
  };
}

const wholeOrNull = (value: number | null | undefined): number | null =>
  value !== null && value !== undefined && Number.isSafeInteger(value) ? value : null;

export function toShownFacts(show: WireShow): ShownFacts {
  const info = show.model_info ?? {};
  const trained = toldOfArchitecture(info, 'context_length') ?? show.details?.context_length ?? null;
  return {
    capabilities: show.capabilities ? statedCapabilities(show.capabilities) : null,
    contextLength: setContext(show.parameters ?? '') ?? trained,
    trainedContextLength: trained,
    embeddingLength: toldOfArchitecture(info, 'embedding_length'),
  };
}

function statedCapabilities(names: readonly string[]): readonly ModelCapability[] {
  return inOrder(names.flatMap(capabilityNamed));
}

/**
 * `num_ctx   8192` among the lines of a model file's parameters: what it is loaded with unless a request says
 * otherwise.
 */
function setContext(parameters: string): number | null {
  const value = Number(/^\s*num_ctx\s+(\d+)\s*$/m.exec(parameters)?.[1] ?? 0);
  return value > 0 ? value : null;
}

function toldOfArchitecture(info: Readonly<Record<string, unknown>>, name: string): number | null {
  const architecture = info['general.architecture'];
  const value = typeof architecture === 'string' ? info[`${architecture}.${name}`] : undefined;
  return typeof value === 'number' && value > 0 ? value : null;
}
