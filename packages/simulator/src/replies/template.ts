import type { Json, JsonObject } from '../reply.js';

/**
 * A template with its variables put in. A string that is exactly `$name` becomes the value of that name, of whatever
 * type; a `$name` inside a longer string becomes its text. Names without a value stay as they are.
 */
export function fill(template: Json, values: JsonObject): Json {
  if (typeof template === 'string') return fillString(template, values);
  if (isList(template)) return template.map((item) => fill(item, values));
  if (template !== null && typeof template === 'object') {
    return Object.fromEntries(Object.entries(template).map(([name, value]) => [name, fill(value, values)]));
  }
  return template;
}

export function fillText(template: string, values: JsonObject): string {
  return template.replace(/\$([a-zA-Z]\w*)/g, (whole, name: string) => {
    const value = values[name];
    return value === undefined ? whole : textOf(value);
  });
}

/** A value as it stands inside a longer string. */
export function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fillString(template: string, values: JsonObject): Json {
  const name = /^\$([a-zA-Z]\w*)$/.exec(template)?.[1];
  const value = name === undefined ? undefined : values[name];
  return value === undefined ? fillText(template, values) : value;
}
