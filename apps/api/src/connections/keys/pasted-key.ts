import type { AuthScheme } from '@intrallm/providers';
import { INVISIBLE } from '../../lib/text.js';

/** What somebody pasted in place of a key, taken apart. */
export interface PastedKey {
  readonly key: string;
  /** How the key travels by what stood around it; null where nothing said so. */
  readonly scheme: AuthScheme | null;
  /** The header that it was pasted with, as it was written; null where there was none. */
  readonly header: string | null;
}

/** What stands around a key in a command, a file of settings or a JSON document; each takes one layer off. */
const ASSIGNMENT = /^(?:(?:export|set|setx|env)\s+|\$env:)[a-z_]\w*\s*[=\s]\s*(?=[^=\s])/i;
const NAMED_ASSIGNMENT = /^[a-z_]\w*(?:key|token|secret)\w*\s*=\s*(?=[^=\s])/i;
const HEADER_OPTION = /^(?:-H|--header)(?:\s+|=)?(?=["'\w])/;
const HEADER = /^["']?((?:proxy-)?authorization|(?:x-)?api[-_]?key)["']?\s*:\s*/i;
/** Other names end with a colon and a blank: keys of some providers are made of two parts with a colon between. */
const NAMED_FIELD = /^["']?([\w-]*(?:key|token|secret|auth)[\w-]*)["']?\s*:\s+/i;
const SCHEME_WORD = /^(bearer|basic)(?:\s*[:=]\s*|\s+)/i;
const QUOTES: readonly (readonly [string, string])[] = [
  ['"', '"'],
  ["'", "'"],
  ['`', '`'],
  ['“', '”'],
  ['„', '“'],
  ['‘', '’'],
  ['«', '»'],
];
/** More layers than anybody pastes. */
const MAX_LAYERS = 8;

/**
 * The key in what somebody pasted: `Bearer sk-…`, a whole header, a line of a shell or of a file of settings, in quotes
 * or not. With `isBasic` the text is user:password, in which any sign may be meant, so that only a header is taken off.
 */
export function takeKeyOut(text: string, isBasic = false): PastedKey {
  let found: PastedKey = { key: text.replace(INVISIBLE, '').trim(), scheme: null, header: null };
  for (let layer = 0; layer < MAX_LAYERS; layer += 1) {
    const next = withoutLayer(found, isBasic);
    if (next === null) break;
    found = { ...next, key: next.key.trim() };
  }
  return found;
}

function withoutLayer(found: PastedKey, isBasic: boolean): PastedKey | null {
  const { key } = found;
  const unquoted = withoutQuotes(key);
  if (unquoted !== null) return { ...found, key: unquoted };
  // The end of a line of settings, or of a list of keys; a password may end so.
  const alone = isBasic || key.includes(':') ? key : withoutSeparators(key);
  if (alone !== key && alone !== '') return { ...found, key: alone };
  if (HEADER_OPTION.test(key)) return { ...found, key: key.replace(HEADER_OPTION, '') };
  const header = HEADER.exec(key);
  // For Basic, "apikey" may well be the user.
  if (header !== null && !(isBasic && /key$/i.test(header[1] ?? ''))) {
    const name = header[1] ?? '';
    return { key: key.slice(header[0].length), scheme: schemeOf(name) ?? found.scheme, header: name };
  }
  const word = SCHEME_WORD.exec(key);
  if (word !== null) return afterSchemeWord(found, key.slice(word[0].length), word[1] ?? '');
  if (isBasic) return null;
  for (const pattern of [ASSIGNMENT, NAMED_ASSIGNMENT, NAMED_FIELD]) {
    const start = pattern.exec(key);
    if (start !== null) return { ...found, key: key.slice(start[0].length) };
  }
  return null;
}

function afterSchemeWord(found: PastedKey, rest: string, word: string): PastedKey | null {
  if (/^bearer$/i.test(word)) return { ...found, key: rest, scheme: 'BEARER' };
  const decoded = Buffer.from(rest, 'base64').toString('utf8');
  const isCredentials = decoded.includes(':') && Buffer.from(decoded, 'utf8').toString('base64') === padded(rest);
  return isCredentials ? { ...found, key: decoded, scheme: 'BASIC' } : null;
}

/** Not by an expression: on a long run of commas within the text it would take the square of its length. */
function withoutSeparators(text: string): string {
  let end = text.length;
  while (end > 0 && ',;'.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

function withoutQuotes(text: string): string | null {
  // A line of JSON, or of a list, goes on behind its value.
  const bare = /^["'“„«]/.test(text) ? withoutSeparators(text) : text;
  const pair = QUOTES.find(([open, close]) => bare.length > 1 && bare.startsWith(open) && bare.endsWith(close));
  // In `"api-key": "…"` the outer two belong to different texts.
  return pair === undefined || bare.slice(1, -1).includes(pair[0]) ? null : bare.slice(1, -1);
}

function schemeOf(header: string): AuthScheme | null {
  const name = header.toLowerCase().replaceAll('_', '-');
  if (name === 'x-api-key') return 'X_API_KEY';
  return name === 'api-key' ? 'API_KEY' : null;
}

/** Base64 as Node writes it, with all of its padding. */
function padded(base64: string): string {
  const bare = base64.replace(/=+$/, '');
  return bare.padEnd(Math.ceil(bare.length / 4) * 4, '=');
}
