import type { AuthScheme, Endpoint } from './provider.js';

// What a client must not set by hand: framing and routing are the transport's (RFC 9110, section 7.6.1), cookies and
// what a proxy adds belong to somebody else, and Ollama refuses a foreign Origin.
const REFUSED_NAMES = new Set([
  'host',
  'content-length',
  'content-type',
  'content-encoding',
  'accept-encoding',
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
  'cookie',
  'set-cookie',
  'origin',
  'referer',
  'forwarded',
  'via',
  'x-intrallm-hop',
]);

const NAME_PATTERN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const ANTHROPIC_VERSION = '2023-06-01';

/** Why the name must not be used for an extra header, as a sentence; null if it may. */
export function headerNameProblem(name: string): string | null {
  // JavaScript keeps no such key on a plain object: the header would be stored and never sent.
  if (!NAME_PATTERN.test(name) || name.toLowerCase() === '__proto__')
    return 'A header name is made of letters, digits and hyphens.';
  if (name.length > 128) return 'A header name has at most 128 characters.';
  const lower = name.toLowerCase();
  if (REFUSED_NAMES.has(lower) || lower.startsWith('x-forwarded-') || lower.startsWith('sec-')) {
    return `The header ${name} is set by the connection itself and cannot be chosen.`;
  }
  return null;
}

/** Why the value must not be sent, as a sentence; null if it may. A line break would begin another header. */
export function headerValueProblem(value: string): string | null {
  if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) return 'A header value is one line of visible Latin characters.';
  return value.length > 8192 ? 'A header value has at most 8,192 characters.' : null;
}

/**
 * The headers that authenticate a request to the endpoint, names in lower case: its scheme's, then its extra headers,
 * which win over the scheme where they name the same. Pass `withoutKey` for the extra headers alone.
 */
export function authHeaders(
  endpoint: Pick<Endpoint, 'auth' | 'apiKey' | 'headers'>,
  withoutKey = false,
): Record<string, string> {
  const headers = withoutKey || endpoint.apiKey === null ? {} : schemeHeaders(endpoint.auth, endpoint.apiKey);
  for (const { name, value } of endpoint.headers) {
    if (headerNameProblem(name) === null) headers[name.toLowerCase()] = value;
  }
  return headers;
}

function schemeHeaders(auth: AuthScheme, key: string): Record<string, string> {
  switch (auth) {
    case 'NONE':
      return {};
    case 'BEARER':
      return { authorization: `Bearer ${key}` };
    case 'API_KEY':
      return { 'api-key': key };
    case 'X_API_KEY':
      // Anthropic refuses x-api-key without a version; nobody else minds it.
      return { 'x-api-key': key, 'anthropic-version': ANTHROPIC_VERSION };
    case 'BASIC':
      return { authorization: `Basic ${Buffer.from(key, 'utf8').toString('base64')}` };
  }
}
