import { ENDPOINT_KINDS, kindSpec, type EndpointKind } from '@intrallm/providers';
import { ConfigError } from './config-error.js';
import { splitPositions } from './lists.js';

/** A connection that the environment manages, as it stands there. */
export interface ManagedEndpoint {
  readonly kind: EndpointKind;
  readonly url: string;
  readonly apiKey: string | null;
}

interface Variables {
  readonly urls: string;
  /** The one of the URLs where endpoints of the kind have no keys there. */
  readonly keys: string;
}

/** The variables that list the URLs and the keys of a kind. Throws for a kind that the environment cannot manage. */
export function variablesOf(kind: EndpointKind): Variables {
  const { settings } = kindSpec(kind);
  if (settings === null) throw new Error(`No environment variable lists endpoints of the kind ${kind}.`);
  return { urls: settings.urls, keys: settings.keys ?? settings.urls };
}

/**
 * Reads the lists of URLs and keys from the settings, by variable. Throws ConfigError where they do not belong
 * together; no key is in its message.
 */
export function readManagedEndpoints(values: Readonly<Record<string, unknown>>): ManagedEndpoint[] {
  return ENDPOINT_KINDS.flatMap((kind) => {
    const { settings } = kindSpec(kind);
    if (settings === null) return [];
    const urls = readUrls(settings.urls, textOf(values, settings.urls));
    const keys = settings.keys === null ? undefined : textOf(values, settings.keys);
    return together(kind, urls, keys === undefined ? [] : readKeys(variablesOf(kind), urls, keys));
  });
}

function textOf(values: Readonly<Record<string, unknown>>, variable: string): string | undefined {
  const value = values[variable];
  return typeof value === 'string' ? value : undefined;
}

/** Places count, so empty ones in the middle stay. */
function readUrls(variable: string, text = ''): string[] {
  const urls = splitPositions(text, ';');
  while (urls.at(-1) === '') urls.pop();
  for (const url of urls) {
    if (/,/.test(url)) {
      throw new ConfigError(
        variable,
        'separates URLs by ";", not by ",". A comma that belongs to a URL is written %2C',
      );
    }
    if (/\s+\S*:\/\//.test(url)) throw new ConfigError(variable, 'separates URLs by ";", not by blanks or line breaks');
  }
  return urls;
}

/** Throws ConfigError where the keys are not one for each URL, empty ones included. */
function readKeys(variables: Variables, urls: readonly string[], text: string): string[] {
  const keys = splitPositions(text, ';');
  if (keys.some((key) => key.includes(','))) throw new ConfigError(variables.keys, 'separates keys by ";", not by ","');
  const surplus = keys.slice(urls.length).some((key) => key !== '');
  if (surplus || keys.length < urls.length) {
    throw new ConfigError(
      variables.keys,
      `has ${count(keys.length, 'place')} for ${count(urls.length, 'URL')} of ${variables.urls}. ` +
        'Write one place for each URL, separated by ";" and empty where there is no key',
    );
  }
  const stray = urls.findIndex((url, place) => url === '' && keys[place] !== '');
  if (stray >= 0) {
    throw new ConfigError(
      variables.keys,
      `has a key at place ${String(stray + 1)}, where ${variables.urls} has no URL`,
    );
  }
  return keys;
}

function together(kind: ManagedEndpoint['kind'], urls: readonly string[], keys: readonly string[]): ManagedEndpoint[] {
  return urls.flatMap((url, place) => (url === '' ? [] : [{ kind, url, apiKey: keys[place] || null }]));
}

const count = (number: number, what: string): string => `${String(number)} ${what}${number === 1 ? '' : 's'}`;
