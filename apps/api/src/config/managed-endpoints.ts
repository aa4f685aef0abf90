import { ConfigError } from './config-error.js';
import { splitPositions } from './lists.js';

/** A connection that the environment manages, as it stands there. */
export interface ManagedEndpoint {
  readonly kind: 'OPENAI' | 'OLLAMA';
  readonly url: string;
  readonly apiKey: string | null;
}

interface Texts {
  readonly openaiUrls: string | undefined;
  readonly openaiKeys: string | undefined;
  readonly ollamaUrls: string | undefined;
}

const OPENAI_KEYS = 'OPENAI_API_KEYS';

/** The variable that names the URLs of a kind. */
export const URLS_VARIABLE = { OPENAI: 'OPENAI_API_BASE_URLS', OLLAMA: 'OLLAMA_BASE_URLS' } as const;
/** The variable that names the keys of a kind. */
export const KEYS_VARIABLE = { OPENAI: OPENAI_KEYS, OLLAMA: URLS_VARIABLE.OLLAMA } as const;

/** Reads the lists of URLs and keys. Throws ConfigError where they do not belong together; no key is in its message. */
export function readManagedEndpoints({ openaiUrls, openaiKeys, ollamaUrls }: Texts): ManagedEndpoint[] {
  const urls = readUrls(URLS_VARIABLE.OPENAI, openaiUrls);
  const keys = openaiKeys === undefined ? null : splitPositions(openaiKeys, ';');
  if (keys !== null) requirePairs(urls, keys);
  return [
    ...together('OPENAI', urls, keys ?? []),
    ...together('OLLAMA', readUrls(URLS_VARIABLE.OLLAMA, ollamaUrls), []),
  ];
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

function requirePairs(urls: readonly string[], keys: readonly string[]): void {
  if (keys.some((key) => key.includes(','))) throw new ConfigError(OPENAI_KEYS, 'separates keys by ";", not by ","');
  const surplus = keys.slice(urls.length).some((key) => key !== '');
  if (surplus || keys.length < urls.length) {
    throw new ConfigError(
      OPENAI_KEYS,
      `has ${count(keys.length, 'place')} for ${count(urls.length, 'URL')} of ${URLS_VARIABLE.OPENAI}. ` +
        'Write one place for each URL, separated by ";" and empty where there is no key',
    );
  }
  const stray = urls.findIndex((url, place) => url === '' && keys[place] !== '');
  if (stray >= 0) {
    throw new ConfigError(
      OPENAI_KEYS,
      `has a key at place ${String(stray + 1)}, where ${URLS_VARIABLE.OPENAI} has no URL`,
    );
  }
}

function together(kind: ManagedEndpoint['kind'], urls: readonly string[], keys: readonly string[]): ManagedEndpoint[] {
  return urls.flatMap((url, place) => (url === '' ? [] : [{ kind, url, apiKey: keys[place] || null }]));
}

const count = (number: number, what: string): string => `${String(number)} ${what}${number === 1 ? '' : 's'}`;
