import { createHash } from 'node:crypto';
import type { ModelSeed, Profile } from '../profile.js';
import type { Json, JsonObject } from '../reply.js';
import { fill, isObject } from './template.js';

/** Values that every template of a profile may use: the time, and `$name` for each of its lists. */
export function profileValues(profile: Profile, models: readonly ModelSeed[]): JsonObject {
  const lists = Object.keys(profile.lists ?? {}).map((name) => [name, listOf(profile, models, name)] as const);
  return { ...timeValues(), count: models.length, ...Object.fromEntries(lists) };
}

/** One of a profile's lists, as its server states it. */
export function listOf(profile: Profile, models: readonly ModelSeed[], name: string): readonly Json[] {
  const template = profile.lists?.[name] ?? null;
  return models.map((model) => {
    const item = fill(template, { ...timeValues(), ...profile.vars, ...modelValues(model) });
    const own = model.lists?.[name];
    return own !== undefined && isObject(item) ? { ...item, ...own } : item;
  });
}

/** A model's own values: its id, and a digest and an age made of it. */
export function modelValues(model: ModelSeed): JsonObject {
  const digest = createHash('sha256').update(model.id).digest('hex');
  return { id: model.id, digest, ...model.vars };
}

function timeValues(): JsonObject {
  const now = new Date();
  return { now: Math.floor(now.getTime() / 1_000), nowIso: now.toISOString() };
}

/** The list that `GET {base}/models` shows: the first that its body names. */
export function mainList(profile: Profile): string {
  const names = Object.keys(profile.lists ?? {});
  return names.includes('data') ? 'data' : (names[0] ?? 'data');
}
