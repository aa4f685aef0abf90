import type { OutboundResponse } from '../http.js';
import { kindSpec } from '../kinds/kinds.js';
import { errorWords, type ErrorWords } from '../outbound/error-words.js';
import type { CheckStatus, Endpoint, Problem, ProblemCode } from '../provider.js';
import { redact } from '../secrets/redact.js';
import { endpointMasks } from '../secrets/secret-mask.js';

/** What the endpoint did with the request, by its status and its own words. For answers that are not a success. */
export function responseProblem(response: OutboundResponse, endpoint: Endpoint): Problem {
  const words = errorWords(response.body);
  const message = words.message === null ? null : redact(words.message, endpointMasks(endpoint).words);
  const code = codeOf(response, words);
  return {
    code,
    message: sentence(response, message),
    hint: hintFor(code, response, endpoint, message ?? ''),
    httpStatus: response.status,
  };
}

/** What a check that ended with this problem says of the endpoint. */
export function statusFor(problem: Problem | null): CheckStatus {
  switch (problem?.code) {
    case undefined:
      return 'ONLINE';
    case 'SLOW':
    case 'LOADING':
    case 'NO_MODEL_LIST':
    case 'PARTIAL_MODEL_LIST':
    case 'RATE_LIMITED':
    case 'QUOTA_EXCEEDED':
      return 'DEGRADED';
    case 'UNAUTHORIZED':
    case 'FORBIDDEN':
      return 'UNAUTHORIZED';
    default:
      return 'OFFLINE';
  }
}

/**
 * Retry-After (RFC 9110, section 10.2.3) or retry-after-ms, in milliseconds, at most a day; null where there is
 * neither.
 */
export function retryAfterMs(headers: Readonly<Record<string, string>>, now = Date.now()): number | null {
  const inMs = Number(headers['retry-after-ms'] ?? Number.NaN);
  const text = headers['retry-after']?.trim() ?? '';
  const inSeconds = text === '' ? Number.NaN : Number(text) * 1000;
  const wait = [inMs, inSeconds, Date.parse(text) - now].find((ms) => Number.isFinite(ms));
  return wait === undefined ? null : Math.min(Math.max(0, Math.round(wait)), 86_400_000);
}

/** "/v1/models" of "http://host/v1/models?limit=2". */
export function pathOf(url: string): string {
  return new URL(url).pathname;
}

function codeOf({ status, body }: OutboundResponse, { message, code }: ErrorWords): ProblemCode {
  const text = message ?? '';
  if (/no space left on device|disk (is )?full/i.test(text)) return 'DISK_FULL';
  // Some servers say 400 where 401 is meant: Google, and gateways before OpenAI.
  if (
    status === 401 ||
    (status === 400 && /api[ _-]?key (not valid|is invalid|is missing|required)|invalid api[ _-]?key/i.test(text))
  ) {
    return 'UNAUTHORIZED';
  }
  if (status === 400 && /HTTP request( was sent)? to (an )?HTTPS/i.test(`${text} ${body.slice(0, 1000)}`)) return 'TLS';
  if (status === 403) return 'FORBIDDEN';
  if (status === 402 || (status === 429 && /quota|billing|credit/i.test(`${code ?? ''} ${text}`)))
    return 'QUOTA_EXCEEDED';
  if (status === 429) return 'RATE_LIMITED';
  if (status === 503 && isLoading(text)) return 'LOADING';
  if (status === 404 || status === 405 || status === 410 || status === 501) return 'NOT_FOUND';
  return 'UPSTREAM_ERROR';
}

// llama.cpp: "Loading model" on every path until its model is in memory.
function isLoading(text: string): boolean {
  return /\b(loading|starting( up)?|warming up|not ready|initiali[sz]ing|still being loaded)\b/i.test(text);
}

function sentence({ status, url, body }: OutboundResponse, message: string | null): string {
  const at = `The endpoint answered ${status} at ${pathOf(url)}`;
  if (message) return `${at}: ${message}`;
  return body.trim() === '' ? `${at} without a word.` : `${at}.`;
}

function hintFor(
  code: ProblemCode,
  { status, body, url }: OutboundResponse,
  endpoint: Endpoint,
  words: string,
): string | null {
  const spec = kindSpec(endpoint.kind);
  switch (code) {
    case 'UNAUTHORIZED':
      if (endpoint.apiKey !== null && endpoint.auth !== 'NONE')
        return 'Check the key. If it is right, the endpoint may want another kind of authentication: see Advanced.';
      return 'The endpoint wants a key. Enter one.';
    case 'FORBIDDEN':
      if (body.trim() === '' && spec.silentRefusalHint !== null) return spec.silentRefusalHint;
      return endpoint.apiKey === null
        ? 'The endpoint wants a key, or refuses this machine.'
        : 'The key is known but may not do this, or the endpoint refuses this machine.';
    case 'NOT_FOUND':
      return spec.notFoundHint(new URL(url));
    case 'RATE_LIMITED':
      return 'The endpoint asks for fewer requests. It is checked again later.';
    case 'QUOTA_EXCEEDED':
      return 'The account behind the key has used up its quota or its credit.';
    case 'LOADING':
      return 'The server is starting and loads its model. It is checked again soon.';
    case 'DISK_FULL':
      return 'Free some space on the machine of the endpoint.';
    case 'TLS':
      return 'The endpoint speaks https: write https:// in the URL.';
    default:
      return upstreamHint(status, words);
  }
}

function upstreamHint(status: number, words: string): string | null {
  if (/host header|allowed hosts/i.test(words))
    return 'The server refuses the host name it is called by. Allow it there, or use the IP address.';
  if (/api-version/i.test(words)) return 'This is an older address form. On Azure, end the URL in /openai/v1.';
  if (status === 508)
    return 'The URL leads back to this server, or round in a circle. Use the address of the model server itself.';
  if (status === 502 || status === 504) return 'A proxy answers, but the model server behind it does not.';
  if (status === 503) return 'The server is overloaded, or stopped behind its proxy.';
  return status >= 500 ? 'Look into the log of the endpoint.' : null;
}
