import type { Endpoint } from '../provider.js';

const MASK = '•••';
/** Shorter values are no secrets worth the damage their removal does to a sentence. */
const MIN_SECRET_LENGTH = 6;
const MAX_WORDS_LENGTH = 300;

// What looks like a credential, whoever's it is: servers like to quote the key they refuse, in full or half masked.
const CREDENTIAL_SHAPES = [
  /\b(?:sk|pk|rk|gsk|hf|xai|nvapi|AIza|ilm)[-_][\w*.•-]{4,}/g,
  /\b(bearer|basic)\s+[\w+/=.~*-]{6,}/gi,
];

/** Every value of an endpoint that must not appear in a message: the key in the forms it travels in, and header values. */
export function secretsOf(endpoint: Pick<Endpoint, 'apiKey' | 'headers'>): string[] {
  const key = endpoint.apiKey;
  const forms =
    key === null ? [] : [key, Buffer.from(key).toString('base64'), encodeURIComponent(key), ...key.split(':')];
  return [...forms, ...endpoint.headers.map((header) => header.value)];
}

/** The text as one line of at most 300 characters in which no secret, nor a part of one of 6 characters or more, is left. */
export function redact(text: string, secrets: readonly string[]): string {
  const guarded = secrets.filter((secret) => secret.length >= MIN_SECRET_LENGTH).sort((a, b) => b.length - a.length);
  let clean = text
    .slice(0, 20_000)
    // Also what turns the direction of the text around it: these words stand among ours.
    .replace(/[\s\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .trim();
  for (const secret of guarded) clean = clean.replaceAll(secret, MASK);
  for (const shape of CREDENTIAL_SHAPES) clean = clean.replace(shape, MASK);
  clean = clean.replace(/[\w+/=.~-]{6,}/g, (word) => (guarded.some((secret) => isPart(word, secret)) ? MASK : word));
  return clean.length > MAX_WORDS_LENGTH ? `${clean.slice(0, MAX_WORDS_LENGTH - 1)}…` : clean;
}

// A header value such as "application/json" would take ordinary words with it, so only the ends of a secret count.
function isPart(word: string, secret: string): boolean {
  return secret.startsWith(word) || secret.endsWith(word);
}
