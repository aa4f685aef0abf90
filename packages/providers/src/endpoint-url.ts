import { kindSpec, type EndpointKind } from './kinds/kinds.js';
import { redact } from './secrets/redact.js';
import { NO_SECRETS } from './secrets/secret-mask.js';
import { withoutUrlSecrets } from './secrets/url-secrets.js';

export const MAX_URL_LENGTH = 2_048;

export interface EndpointUrl {
  /** http or https, without user, query, fragment and trailing slash. */
  readonly url: string;
  /** Taken out of the URL; belongs into Basic authentication. */
  readonly credentials: { readonly user: string; readonly password: string } | null;
  /** What was changed, one sentence each; empty for a URL that was good as it came. */
  readonly repaired: readonly string[];
}

/** The text is no URL of an endpoint. The message is for the person who typed it. */
export class EndpointUrlError extends Error {
  readonly field = 'url';

  constructor(
    readonly reason: 'EMPTY' | 'TOO_LONG' | 'NOT_A_URL' | 'SCHEME' | 'QUERY' | 'FRAGMENT',
    message: string,
  ) {
    super(message);
    this.name = 'EndpointUrlError';
  }
}

const LOOPBACK_FOR: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '[::]': '[::1]' };

/** What nobody sees: pages and chats put it between the signs that are copied. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu;
const QUOTES = ['""', "''", '``', '“”', '„“', '‘’', '«»', '<>'];
/** "http" or "https" with signs missing, doubled or swapped, and what people write in place of "://" behind it. */
const SLIPPED_SCHEME = /^(?:(?:h{1,2}[tp]{2,4}s{0,2}|ttps?)(?:[:;.]*[/\\]|;|:(?!\d))|[a-z]{2,7}[:;.]*\/\/)/i;
const HOST = /^(?:\[[\da-f:.]+\]|[a-z\d_-]+(?:\.[a-z\d_-]+)*\.?)$/;

/**
 * The base URL meant by what somebody typed or pasted, repaired where the meaning is certain. Understands what
 * OLLAMA_HOST may hold. Throws EndpointUrlError otherwise.
 */
export function normaliseEndpointUrl(text: string, kind: EndpointKind): EndpointUrl {
  if (text.length > MAX_URL_LENGTH) throw new EndpointUrlError('TOO_LONG', 'A URL has at most 2,048 characters.');
  const repaired: string[] = [];
  const typed = bare(text, repaired);
  if (typed === '') throw new EndpointUrlError('EMPTY', 'Enter the URL of the endpoint.');
  const url = parse(withScheme(typed, kind, repaired), typed);
  refuseExtras(url);
  refuseEncodedControls(url);

  const host = url.hostname;
  const loopback = LOOPBACK_FOR[host];
  if (loopback !== undefined) {
    url.hostname = loopback;
    repaired.push(`${host} is an address to listen on: ${loopback} is this machine.`);
  }
  const credentials =
    url.username || url.password ? { user: decode(url.username), password: decode(url.password) } : null;
  if (credentials) repaired.push('The user and the password were taken out of the URL.');
  const path = basePath(withoutEncodedInvisible(url.pathname), kind, repaired);
  return { url: `${url.origin}${path}`, credentials, repaired };
}

/** The text without blanks and quotes around it, and without what nobody sees. */
function bare(text: string, repaired: string[]): string {
  let typed = text.replace(INVISIBLE, '').trim();
  if (typed !== text.trim()) repaired.push('Characters that nobody sees were taken out.');
  for (;;) {
    const alone = typed.replace(/(?:\s*[,;])+$/, '');
    if (alone !== typed && alone !== '') {
      typed = alone;
      repaired.push('The comma or semicolon behind it was left out.');
    }
    const pair = QUOTES.find(([open = '', close = '']) => typed.startsWith(open) && typed.endsWith(close));
    if (pair === undefined || typed.length < 2) return typed;
    typed = typed.slice(1, -1).trim();
    repaired.push('The quotes around it were taken off.');
  }
}

/** A browser's address bar gives them as escapes. */
function withoutEncodedInvisible(pathname: string): string {
  return pathname.replace(/(?:%[\da-f]{2})+/gi, (escapes) => {
    const decoded = decode(escapes);
    return INVISIBLE.test(decoded) ? encodeURIComponent(decoded.replace(INVISIBLE, '')) : escapes;
  });
}

function parse(candidate: string, typed: string): URL {
  const refuse = (why: string): never => {
    throw new EndpointUrlError('NOT_A_URL', why);
  };
  const notAUrl = `"${shorten(typed)}" is not a URL.`;
  // The parser silently drops tabs and line breaks inside a URL, and reads a backslash as a slash.
  if (/[\s\p{Cc}]/u.test(typed)) refuse('A URL has no spaces in it.');
  if (/\p{Cs}/u.test(typed)) refuse('There is half a character in the URL. Copy it again.');
  if (typed.includes('\\')) refuse('A URL has / in it, no \\.');
  if (/^https?:\/\/(?:[/:?#]|$)/i.test(typed)) refuse('The URL has no host. Write it as http://host:port.');
  if (/^.+?:\/\/.*:\/\//.test(candidate)) refuse('There are two URLs in this. Enter one of them.');
  if (!URL.canParse(candidate)) refuse(notAUrl);
  const url = new URL(candidate);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new EndpointUrlError('SCHEME', `The URL must begin with http:// or https://, not ${url.protocol}//.`);
  }
  if (/^https?$/.test(url.hostname)) refuse(`${notAUrl} Write http:// or https:// once, and then the host.`);
  if (!HOST.test(url.hostname) || url.port === '0') refuse(notAUrl);
  return url;
}

/** Behind an escape they pass every reader of text on the way, and not the last one. */
function refuseEncodedControls({ pathname, username, password }: URL): void {
  const escapes = `${pathname}${username}${password}`.match(/(?:%[\da-f]{2})+/gi) ?? [];
  if (escapes.some((escape) => /\p{Cc}/u.test(decode(escape)) || /%(?:[01][\da-f]|7f)/i.test(escape))) {
    throw new EndpointUrlError('NOT_A_URL', 'There is an escaped control character in the URL. Copy it again.');
  }
}

function refuseExtras(url: URL): void {
  if (url.hash !== '' || url.href.endsWith('#'))
    throw new EndpointUrlError('FRAGMENT', 'Leave out the fragment: everything from # on.');
  if (url.search !== '' || url.href.endsWith('?')) {
    throw new EndpointUrlError('QUERY', 'Leave out the query: everything from ? on. A key belongs into the key field.');
  }
}

function withScheme(typed: string, kind: EndpointKind, repaired: string[]): string {
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(typed)) return typed;
  if (SLIPPED_SCHEME.test(typed)) {
    throw new EndpointUrlError('NOT_A_URL', `"${shorten(typed)}" is not a URL. Write http:// or https:// in front.`);
  }
  if (/^(https?:|[/\\?#@])/i.test(typed) || /^(mailto|javascript|data|file|tel|urn):/i.test(typed)) {
    throw new EndpointUrlError('NOT_A_URL', `"${shorten(typed)}" is not a URL.`);
  }
  const completed = kindSpec(kind).completeUrl(typed);
  repaired.push(`Completed to ${redactUserinfo(completed)}.`);
  return completed;
}

function basePath(pathname: string, kind: EndpointKind, repaired: string[]): string {
  // Ollama answers "//api/tags" with a redirect.
  let path = pathname.replace(/\/{2,}/g, '/').replace(/\/+$/, '');
  const suffix = kindSpec(kind).pastedSuffixes.find((candidate) => path.toLowerCase().endsWith(candidate));
  if (suffix !== undefined) {
    path = path.slice(0, -suffix.length);
    repaired.push(`Removed ${suffix} from the end: it is added to every request.`);
  }
  return path;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A bare % in a password is not an escape; it is meant as it stands.
    return text;
  }
}

/** Whatever stands before the last @: a password that was not written for a URL may hold any character. */
function redactUserinfo(url: string): string {
  return withoutUrlSecrets(url.replace(/^([a-z][a-z\d+.-]*:[\\/]{0,3}|[\\/]{0,2})?.*@/is, '$1'));
}

/** What was typed, for a sentence about it: it may be a key that came into the wrong field. */
function shorten(text: string): string {
  const clean = redact(text.replace(/^.*@/s, ''), NO_SECRETS);
  return clean.length > 60 ? `${clean.slice(0, 59)}…` : clean;
}
