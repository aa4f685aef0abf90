import { headerValueProblem, type AuthScheme } from '@intrallm/providers';
import { MAX_KEY_CHARACTERS, type InputCheck } from './input-check.js';

const MASK = '••••••••';
/** Of a shorter key, four characters would tell too much. */
const LEAST_CHARACTERS_SHOWN_IN_PART = 12;
const SHOWN_CHARACTERS = 4;

/** What is shown of a key in lists: the mask, and its end where that gives nothing away. */
export function previewOf(apiKey: string, auth: AuthScheme): string {
  const isShown = auth !== 'BASIC' && apiKey.length >= LEAST_CHARACTERS_SHOWN_IN_PART;
  return isShown ? MASK + apiKey.slice(-SHOWN_CHARACTERS) : MASK;
}

/** A value that was shown instead of a secret and came back: dots, or nothing but stars. */
export const isMask = (value: string): boolean => /[•●]/.test(value) || /^\*{3,}/.test(value);

/** The key as it is stored, without spaces around it. */
export function checkApiKey(check: InputCheck, field: string, value: string, auth: AuthScheme): string {
  const key = value.trim();
  const problem = keyProblem(key, auth);
  if (problem !== null) check.reject(field, problem);
  return key;
}

function keyProblem(key: string, auth: AuthScheme): string | null {
  if (key === '') return 'The key is empty. Leave it out to keep what is stored; remove it with removeApiKey.';
  if (key.length > MAX_KEY_CHARACTERS) return 'A key has at most 8,192 characters.';
  if (isMask(key)) return 'This is the mask that stands for a key, not the key itself.';
  if (/\p{Cc}/u.test(key)) return 'A key is one line, without control characters.';
  if (auth === 'BASIC') return key.includes(':') ? null : 'For Basic, the key is user:password.';
  return headerValueProblem(key) === null ? null : 'A key is made of visible Latin characters.';
}
