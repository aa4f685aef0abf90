import type { ModelCapability } from '@intrallm/providers';
import { ModelCapabilityEnum, type ListedModel, type ServedModel } from '../model.types.js';

/** Whose name it is: the pool of the model that took it first. */
export type NameHolder = Pick<ListedModel, 'name' | 'pool' | 'namedAt' | 'id'>;

/** For each name the pool that had it first. Pass models that are shown, not vanished, of enabled connections. */
export function poolsByName(models: readonly NameHolder[]): Map<string, string> {
  const first = new Map<string, NameHolder>();
  for (const model of models) {
    const holder = first.get(model.name);
    if (holder === undefined || isEarlier(model, holder)) first.set(model.name, model);
  }
  return new Map(Array.from(first, ([name, { pool }]) => [name, pool]));
}

/** One entry a name, in the order in which the names come. Models of another pool than the name's are left out. */
export function toServedModels(models: readonly ListedModel[]): ServedModel[] {
  const pools = poolsByName(models);
  const byName = new Map<string, ListedModel[]>();
  for (const model of models) {
    if (pools.get(model.name) !== model.pool) continue;
    const others = byName.get(model.name);
    if (others === undefined) byName.set(model.name, [model]);
    else others.push(model);
  }
  return Array.from(byName, ([name, group]) => ({
    name,
    pool: pools.get(name) ?? '',
    available: group.some((model) => model.available),
    capabilities: mergeCapabilities(group),
    contextLength: smallest(group.map((model) => model.contextLength)),
    models: group,
  }));
}

function isEarlier(one: NameHolder, other: NameHolder): boolean {
  const difference = one.namedAt.getTime() - other.namedAt.getTime();
  return difference === 0 ? one.id < other.id : difference < 0;
}

function mergeCapabilities(models: readonly ListedModel[]): ModelCapability[] | null {
  const known = models.flatMap((model) => (model.capabilities === null ? [] : [model.capabilities]));
  if (known.length === 0) return null;
  const merged = new Set(known.flat());
  return Object.values(ModelCapabilityEnum).filter((capability) => merged.has(capability));
}

function smallest(lengths: readonly (number | null)[]): number | null {
  const known = lengths.filter((length) => length !== null);
  return known.length === 0 ? null : Math.min(...known);
}
