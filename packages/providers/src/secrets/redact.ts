import type { SecretMask } from './secret-mask.js';
import { withoutUrlSecrets } from './url-secrets.js';

export const MASK = '•••';
const MAX_WORDS_LENGTH = 300;
const MAX_READ_LENGTH = 20_000;
/** Of a key in a sentence: what is left of it where the server itself hid the rest. */
const LEAST_PART = 6;

// What looks like a credential, whoever's it is: servers like to quote the key they refuse, in full or half masked.
const CREDENTIAL_SHAPES = [
  /\b(?:sk|pk|rk|gsk|hf|xai|nvapi|AIza|ilm)[-_][\w*.•-]{4,}/g,
  /\b(bearer|basic)\s+[\w+/=.~*-]{6,}/gi,
];

/**
 * The endpoint's words as one line of at most 300 characters, in which no secret is left in any form, nor a part of one
 * of 6 characters or more, nor anything else that looks like a credential.
 */
export function redact(text: string, mask: SecretMask): string {
  let clean = text
    .slice(0, MAX_READ_LENGTH)
    // Also what turns the direction of the text around it: these words stand among ours.
    .replace(/[\s\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .trim();
  clean = withoutUrlSecrets(mask.text(clean, MASK));
  for (const shape of CREDENTIAL_SHAPES) clean = clean.replace(shape, MASK);
  clean = clean.replace(/[\w+/=.~-]{6,}/g, (word) => (mask.isEndOfSecret(word, LEAST_PART) ? MASK : word));
  return clean.length > MAX_WORDS_LENGTH ? `${clean.slice(0, MAX_WORDS_LENGTH - 1)}…` : clean;
}
