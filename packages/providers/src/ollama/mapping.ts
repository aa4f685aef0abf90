import { isUsableId } from '../check/told.js';
import { capabilityNamed, inOrder } from '../model-capabilities.js';
import type { DiscoveredModel, ModelCapability } from '../provider.js';
import type { WireShow, WireTag } from './wire.js';

/** What `/api/show` adds to an entry of the list. */
export interface ShownFacts {
  readonly capabilities: readonly ModelCapability[] | null;
  readonly contextLength: number | null;
}

/** A model in memory, by `/api/ps`. */
export interface RunningModel {
  /** What it was loaded with; null where an older server does not say. */
  readonly contextLength: number | null;
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
  };
}

export function toShownFacts(show: WireShow): ShownFacts {
  const trained = trainedContext(show.model_info ?? {}) ?? show.details?.context_length ?? null;
  return {
    capabilities: show.capabilities ? statedCapabilities(show.capabilities) : null,
    contextLength: setContext(show.parameters ?? '') ?? trained,
  };
}

function statedCapabilities(names: readonly string[]): readonly ModelCapability[] {
  return inOrder(names.flatMap(capabilityNamed));
}

/** `num_ctx   8192` among the lines of a model file's parameters: what it is loaded with unless a request says otherwise. */
function setContext(parameters: string): number | null {
  const value = Number(/^\s*num_ctx\s+(\d+)\s*$/m.exec(parameters)?.[1] ?? 0);
  return value > 0 ? value : null;
}

function trainedContext(info: Readonly<Record<string, unknown>>): number | null {
  const architecture = info['general.architecture'];
  const value = typeof architecture === 'string' ? info[`${architecture}.context_length`] : undefined;
  return typeof value === 'number' && value > 0 ? value : null;
}
