import { headerValueProblem, type AuthScheme } from '@intrallm/providers';
import type { InputCheck } from '../../lib/input-check.js';
import { MAX_KEY_CHARACTERS } from '../settings/limits.js';
import type { PastedKey } from './pasted-key.js';

const MASK = '••••••••';
/** Of a shorter key, four characters would tell too much. */
const LEAST_CHARACTERS_SHOWN_IN_PART = 12;
const SHOWN_CHARACTERS = 4;

/** What is shown of a key in lists: the mask, and its end where that gives nothing away. */
export function previewOf(apiKey: string, auth: AuthScheme): string {
  const isShown = auth !== 'BASIC' && apiKey.length >= LEAST_CHARACTERS_SHOWN_IN_PART;
  return isShown ? MASK + apiKey.slice(-SHOWN_CHARACTERS) : MASK;
}

/** A variable or a place to fill in, as examples have it. */
const STAND_IN = /^(?:\$\{?\w+\}?|%\w+%|\{\{.*\}\}|<.*>)$/;

/** A value that was shown instead of a secret and came back: dots, or nothing but stars. */
export const isMask = (value: string): boolean => /[•●]/.test(value) || /^\*{3,}/.test(value);

/** Also what turns the direction of writing round, and half a surrogate pair, which no bytes stand for. */
const INVISIBLE = /[\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}]/u;

/** The key as it is stored, without spaces around it. */
export function checkApiKey(check: InputCheck, field: string, value: string, auth: AuthScheme): string {
  const key = value.trim();
  const problem = keyProblem(key, auth);
  if (problem !== null) check.reject(field, problem);
  return key;
}

/** Why the key cannot be one, as a sentence without the key; null where it may be. */
export function keyProblem(key: string, auth: AuthScheme): string | null {
  if (key === '') return 'The key is empty. Leave it out to keep what is stored; remove it with removeApiKey.';
  if (key.length > MAX_KEY_CHARACTERS) return 'A key has at most 8,192 characters.';
  if (isMask(key)) return 'This is the mask that stands for a key, not the key itself.';
  if (/\p{Cc}/u.test(key)) return 'A key is one line, without control characters.';
  if (INVISIBLE.test(key)) return 'There are characters in the key that nobody sees, or half ones. Type it by hand.';
  if (auth === 'BASIC') return key.includes(':') ? null : 'For Basic, the key is user:password.';
  if (/^(?:authorization:?|bearer|basic)$/i.test(key)) return 'This stands in front of a key: enter the key itself.';
  if (/^https?:\/\//i.test(key)) return 'This is a URL: enter the key itself.';
  if (STAND_IN.test(key)) return 'This stands for a key: enter the key itself.';
  if (/\s/.test(key)) return 'A key has no blanks in it: enter the key alone.';
  if (/["'`“”„‘’«»]/.test(key)) return 'A key has no quotes in it: enter the key alone.';
  return headerValueProblem(key) === null ? null : 'A key is made of visible Latin characters.';
}

const SCHEME_NAMES: Readonly<Record<AuthScheme, string>> = {
  NONE: 'without a key',
  BEARER: 'as Authorization: Bearer',
  API_KEY: 'in the header api-key',
  X_API_KEY: 'in the header x-api-key',
  BASIC: 'as Authorization: Basic',
};

/** Why a key that was pasted with its header cannot travel by the scheme, as a sentence; null where it can. */
export function schemeProblem({ header, scheme }: PastedKey, auth: AuthScheme): string | null {
  if (scheme === null || scheme === auth || (header === null && scheme === 'BEARER')) return null;
  return `This was to travel ${SCHEME_NAMES[scheme]}, and the connection sends its key ${SCHEME_NAMES[auth]}: choose that, or enter the key alone.`;
}
