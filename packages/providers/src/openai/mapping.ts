import { isUsableId } from '../check/stated-text.js';
import { declaredModels } from '../declared-models.js';
import type { Slices } from '../list/slices.js';
import type { DiscoveredModel } from '../provider.js';
import { statedCapabilities } from './capabilities.js';
import type { WireModel } from './wire.js';

/** A row that can be called by its id. */
export interface IdentifiedModel {
  readonly id: string;
  readonly wire: WireModel;
}

export interface IdentifiedRows {
  /** Each id once, in the order of the list. */
  readonly models: readonly IdentifiedModel[];
  /** Rows without an id that could be called. */
  readonly dropped: number;
  /** LiteLLM lists a pattern such as "*" for everything its own upstream has. */
  readonly wildcards: number;
}

/**
 * Sorts out which rows are models, in slices, so that a list of thousands does not hold up everything else. Rows that
 * the server itself calls inactive are left out silently.
 */
export async function identify(rows: readonly (WireModel | null)[], slices: Slices): Promise<IdentifiedRows> {
  const models = new Map<string, IdentifiedModel>();
  let dropped = 0;
  let wildcards = 0;
  for (const wire of rows) {
    if (slices.isOver) await slices.pause();
    const id = wire === null ? null : idOf(wire);
    if (wire === null || id === null) dropped += 1;
    else if (id.includes('*')) wildcards += 1;
    else if (wire.active !== false && !models.has(id)) models.set(id, { id, wire });
  }
  return { models: [...models.values()], dropped, wildcards };
}

/** GitHub's older host gives an asset path as id, and what can be called as name. */
export function idOf({ id, name, key }: WireModel): string | null {
  const callable = id?.startsWith('azureml:') ? (name ?? id) : (id ?? name ?? key);
  return callable && isUsableId(callable) ? callable : null;
}

/** Every model with what its row tells, then those that are declared and not listed. */
export async function toDiscoveredModels(
  models: readonly IdentifiedModel[],
  declared: readonly string[],
  slices: Slices,
): Promise<DiscoveredModel[]> {
  const byId = new Map(models.map((model) => [model.id, model.wire]));
  const listed = await slices.map(models, ({ id, wire }) => toDiscoveredModel(id, wire, byId));
  return [...listed, ...declaredModels(declared, byId)];
}

function toDiscoveredModel(upstreamId: string, wire: WireModel, byId: ReadonlyMap<string, WireModel>): DiscoveredModel {
  const parent = wire.parent ? byId.get(wire.parent) : undefined;
  return {
    upstreamId,
    ownedBy: wire.owned_by || wire.organization || wire.publisher || null,
    capabilities: statedCapabilities(wire),
    // vLLM lists an adapter without a length of its own beside the model it adapts.
    contextLength: contextLength(wire) ?? (parent ? contextLength(parent) : null),
    family: wire.arch || null,
    parameterSize: wire.params_string || (wire.meta?.n_params ? parameterSize(wire.meta.n_params) : null),
    quantization: wire.quantization || wire.meta?.ftype || null,
    sizeBytes: wire.size_bytes ?? wire.meta?.size ?? null,
    loaded: loaded(wire),
    declared: false,
  };
}

/** What the server gives a request comes before what the model was trained for. */
function contextLength(wire: WireModel): number | null {
  return (
    wire.max_model_len ??
    wire.meta?.n_ctx ??
    wire.loaded_context_length ??
    wire.loaded_instances?.[0]?.config?.context_length ??
    wire.context_length ??
    wire.context_window ??
    wire.max_context_length ??
    wire.max_input_tokens ??
    wire.top_provider?.context_length ??
    wire.meta?.n_ctx_train ??
    null
  );
}

function loaded({ state, loaded_instances: instances }: WireModel): boolean | null {
  if (instances) return instances.length > 0;
  if (state === 'loaded') return true;
  return state === 'not-loaded' ? false : null;
}

/** "268.10M" for 268098176, as Ollama writes it. */
function parameterSize(parameters: number): string {
  const units = [
    [1e12, 'T'],
    [1e9, 'B'],
    [1e6, 'M'],
  ] as const;
  const unit = units.find(([size]) => parameters >= size);
  if (!unit) return String(parameters);
  const value = parameters / unit[0];
  return `${unit[1] === 'M' ? value.toFixed(2) : value.toFixed(1)}${unit[1]}`;
}
