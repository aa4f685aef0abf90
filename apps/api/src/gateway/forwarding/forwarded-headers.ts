import type { IncomingHttpHeaders } from 'node:http';
import { USER_AGENT } from '@intrallm/providers';
import { writableValue } from '../answers/header-value.js';

// Kept by hand: these two lists are this product's policy, which no general proxy library states.
//
// One list names the caller's headers that reach an endpoint, the other the endpoint's headers that do not reach the
// caller. Hop-by-hop fields: RFC 9110, section 7.6.1.

/**
 * The caller's headers are an allowlist: no cookie, origin, authorization or forwarded-for of theirs goes any further.
 */
const REQUEST_ALLOWED = ['accept', 'openai-beta', 'openai-organization', 'openai-project', 'idempotency-key'];

const RESPONSE_DROPPED = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'set-cookie',
  'set-cookie2',
  'alt-svc',
  'strict-transport-security',
  'clear-site-data',
  'content-security-policy',
  'nel',
  'report-to',
  'reporting-endpoints',
  'server',
  'date',
  'via',
  'x-powered-by',
  'www-authenticate',
  'x-request-id',
  // For a browser that takes the answer for a page of ours.
  'link',
  'location',
  'public-key-pins',
  'refresh',
  'service-worker-allowed',
  'sourcemap',
  // Ours, whatever the endpoint says: see ANSWER_HEADERS, and docs/gateway.md for the others.
  'cache-control',
  'content-security-policy',
  'cross-origin-opener-policy',
  'referrer-policy',
  'x-accel-buffering',
  'x-content-type-options',
  'x-frame-options',
  'x-intrallm-connection',
  'x-intrallm-dropped',
  'x-intrallm-limited',
  'x-intrallm-overhead-ms',
]);

/**
 * Names and values by turns, as `writeHead` takes them: with a hundred thousand of them a second, objects would cost
 * more than everything that is done with them.
 */
export type HeaderList = readonly string[];

/** Of every answer of an endpoint: a browser that is shown one keeps it apart from our pages. */
export const ANSWER_HEADERS: HeaderList = [
  'content-security-policy',
  "default-src 'none'; frame-ancestors 'none'; sandbox",
  'x-content-type-options',
  'nosniff',
];
/** Nobody keeps an answer. */
export const WHOLE_HEADERS: HeaderList = ['cache-control', 'no-store'];
/** Nor do proxies in front of us collect or change a stream's frames. */
export const STREAM_HEADERS: HeaderList = ['cache-control', 'no-cache, no-transform', 'x-accel-buffering', 'no'];

/** By hand: with so few of them, `concat` and spreading take longer. */
export function append(headers: string[], more: HeaderList): string[] {
  for (const one of more) headers.push(one);
  return headers;
}

/** Of a header that came more than once, which types do not tell of but undici gives as a list, the first counts. */
export const firstValue = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === 'object' ? value[0] : value;

/** What is said of a body. Null: nothing, as there is none or nobody knows. */
export interface BodyHeaders {
  readonly type: string | null;
  readonly length: number | null;
}

/** What is known of the headers of all requests of one connection. */
export interface HeaderPlan {
  /** The connection's own, in lower case, and what every request has unless they say otherwise. */
  readonly own: HeaderList;
  /** Of the caller's allowed headers those that are not among them. */
  readonly passed: readonly string[];
  /** The connection says by itself of which type bodies are. */
  readonly hasType: boolean;
}

/** Of the connection's own headers (lower case), which win over all others. */
export function planHeaders(connection: Readonly<Record<string, string>>): HeaderPlan {
  // A compressed answer could not be read by the usage tap, and saves nothing on a LAN. Some services and their
  // firewalls refuse agents by name: that of one caller is no reason to refuse us.
  const own = { 'accept-encoding': 'identity', 'user-agent': USER_AGENT, ...connection };
  return {
    own: Object.entries(own).flat(),
    passed: REQUEST_ALLOWED.filter((name) => !Object.hasOwn(own, name)),
    hasType: Object.hasOwn(own, 'content-type'),
  };
}

/** Headers of an outbound request: the connection's own, those of its body, and the caller's allowed ones. */
export function requestHeaders(
  caller: IncomingHttpHeaders,
  { own, passed, hasType }: HeaderPlan,
  { type, length }: BodyHeaders,
): string[] {
  const headers = append([], own);
  if (type !== null && !hasType) headers.push('content-type', type);
  if (length !== null) headers.push('content-length', String(length));
  for (const name of passed) {
    const value = caller[name];
    if (typeof value === 'string') headers.push(name, value);
  }
  return headers;
}

/** What clients take: some read no more than a hundred headers, others no more than 16 KB of them. */
const MOST_HEADERS = { number: 80, characters: 12 * 1024 };
/** Headers that mean one thing: the first counts, for us as well. */
const SINGLE = new Set([
  'content-type',
  'content-length',
  'content-encoding',
  'content-disposition',
  'etag',
  'retry-after',
]);

/** Headers of the answer that may reach the caller, in the endpoint's own order. */
export function responseHeaders(upstream: Readonly<Record<string, string | string[] | undefined>>): string[] {
  const named = namedByConnection(upstream['connection']);
  const headers: string[] = [];
  let characters = 0;
  const add = (name: string, given: string): void => {
    const value = writableValue(name, given);
    if (value === null || headers.length >= 2 * MOST_HEADERS.number) return;
    if (characters + name.length + value.length > MOST_HEADERS.characters) return;
    characters += name.length + value.length;
    headers.push(name, value);
  };
  for (const name in upstream) {
    const value = upstream[name];
    if (value === undefined || RESPONSE_DROPPED.has(name) || named?.has(name) === true) continue;
    if (name.startsWith('access-control-')) continue;
    if (typeof value === 'string') add(name, value);
    else if (SINGLE.has(name)) add(name, value[0] ?? '');
    else for (const one of value) add(name, one);
  }
  // The name is taken by the id under which our own log has the request.
  const requestId = firstValue(upstream['x-request-id']);
  if (requestId !== undefined) add('x-upstream-request-id', requestId);
  return headers;
}

/** What a `connection` header names beside how the connection goes on; null where that is nothing. */
function namedByConnection(value: string | string[] | undefined): ReadonlySet<string> | null {
  if (value === undefined || value === 'keep-alive' || value === 'close') return null;
  return new Set(
    String(value)
      .split(',')
      .map((name) => name.trim().toLowerCase()),
  );
}
