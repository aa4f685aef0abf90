import type { Endpoint } from '../provider.js';

/** What of an endpoint is secret. */
export type SecretBearer = Pick<Endpoint, 'apiKey' | 'headers'> & Partial<Pick<Endpoint, 'auth'>>;

/** A shorter value may stand anywhere by chance: "none", "EMPTY". */
const SHORTEST_SECRET = 6;
/**
 * A shorter one that is made like a word is likely to be one: "ollama", "lm-studio" are given to servers that want no
 * key.
 */
const SHORTEST_WORD = 12;
/** A value with the name of a scheme in front, whichever: `Bearer …`, `Custom …`. */
const SCHEME = /^\S+\s+(\S.*)$/;
/** Of text of which we do not see the beginning: what the neighbours have no part in. */
const SHORTEST_ALIGNED = 8;

/** An ordinary word, as far as one can see: it stands in names of models and in sentences for what it means. */
const isLikeAWord = (value: string): boolean => value.length < SHORTEST_WORD && /^[a-z]+(?:[-_.][a-z]+)*$/i.test(value);

/**
 * Every form of an endpoint's secrets to be searched for: the key, the user and the password of Basic, the values of
 * its headers, what stands in them behind a scheme, and all of these in Base64 and as dumps of bytes. Escapes are the
 * decoder's.
 *
 * `inNames`: for what an endpoint calls its models and itself. A value that looks like a word is no secret there, nor
 * is the value of a header that its owner says is none.
 */
export function secretForms(endpoint: SecretBearer, { inNames }: { readonly inNames: boolean }): Buffer[] {
  const headers = endpoint.headers.filter(({ secret }) => !inNames || secret !== false);
  const values = [
    ...(endpoint.apiKey === null ? [] : keyValues(endpoint.apiKey)),
    ...headers.flatMap(({ value }) => headerValues(value)),
  ];
  const wanted = values.filter((value) => value.length >= SHORTEST_SECRET && !(inNames && isLikeAWord(value)));
  const { apiKey } = endpoint;
  const isShort = apiKey !== null && apiKey.length < SHORTEST_SECRET;
  return [...wanted.flatMap(formsOf), ...(isShort ? schemeForms(apiKey) : [])];
}

/**
 * Of `user:password` each part too, but no user that is a word: "admin", "service"; and the Base64 in which it is sent,
 * which a server may encode once more.
 */
function keyValues(key: string): string[] {
  const colon = key.indexOf(':');
  if (colon === -1) return [key];
  const user = key.slice(0, colon);
  return [key, key.slice(colon + 1), Buffer.from(key).toString('base64'), ...(isLikeAWord(user) ? [] : [user])];
}

/** The value, and what stands in it behind the name of a scheme, opened where that is Basic. */
function headerValues(value: string): string[] {
  const credentials = SCHEME.exec(value)?.[1];
  if (credentials === undefined || isLikeAWord(credentials)) return [value];
  if (!/^basic\s/i.test(value)) return [value, credentials];
  return [value, credentials, ...keyValues(Buffer.from(credentials, 'base64').toString('utf8'))];
}

/** With its scheme in front even a short key is long enough. */
function schemeForms(key: string): Buffer[] {
  return [`Bearer ${key}`, `Basic ${Buffer.from(key).toString('base64')}`].map((text) => Buffer.from(text));
}

/**
 * In UTF-8 and in Latin-1, as headers are sent, and in Base64; and what becomes of it where a server does not take it
 * as it is.
 */
function formsOf(value: string): Buffer[] {
  const sent = [Buffer.from(value), Buffer.from(value, 'latin1')];
  // Names of headers are in lower case, those of variables in upper case, and Latin-1 that is taken for UTF-8 has
  // U+FFFD in it.
  const told = [value.toLowerCase(), value.toUpperCase(), (sent[1] ?? Buffer.alloc(0)).toString('utf8')];
  return [...sent, ...told.map((text) => Buffer.from(text)), ...sent.flatMap(base64Of), ...sent.flatMap(dumpsOf)];
}

/**
 * As bytes are printed: in hexadecimal digits in either case, together or apart, and as Go, Python and JSON list them.
 */
function dumpsOf(bytes: Buffer): Buffer[] {
  const pairs = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'));
  const hexadecimal = ['', ' ', ':', '-'].map((between) => pairs.join(between));
  const decimal = [' ', ',', ', '].map((between) => bytes.join(between));
  return [...hexadecimal, ...hexadecimal.map((text) => text.toUpperCase()), ...decimal].map((text) =>
    Buffer.from(text),
  );
}

/**
 * In both alphabets, with and without padding, and as part of something longer, which shifts it by one or two bytes.
 */
function base64Of(bytes: Buffer): Buffer[] {
  const whole = bytes.toString('base64');
  const parts = [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    const bits = (shift + bytes.length) * 8;
    return encoded.slice(Math.ceil((shift * 8) / 6), Math.floor(bits / 6));
  });
  const texts = [whole, whole.replace(/=+$/, ''), ...parts.filter(({ length }) => length >= SHORTEST_ALIGNED)];
  return texts
    .flatMap((text) => [text, text.replaceAll('+', '-').replaceAll('/', '_')])
    .map((text) => Buffer.from(text));
}
