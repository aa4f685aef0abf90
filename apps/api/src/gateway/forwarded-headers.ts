import type { IncomingHttpHeaders } from 'node:http';

// What of a caller's headers reaches an endpoint, and what of an endpoint's reaches the caller. Hop-by-hop fields: RFC
// 9110, section 7.6.1.

/** The caller's headers are an allowlist: no cookie, origin, authorization or forwarded-for of theirs goes any further. */
const REQUEST_ALLOWED = new Set([
  'accept',
  'user-agent',
  'openai-beta',
  'openai-organization',
  'openai-project',
  'idempotency-key',
]);

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
]);

/** Headers of the outbound request: the caller's allowed ones, then the connection's own, which win. */
export function requestHeaders(
  caller: IncomingHttpHeaders,
  connection: Readonly<Record<string, string>>,
): Record<string, string> {
  // What was read as JSON is sent as JSON: under another type or charset an endpoint could find another model in it.
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  for (const [name, value] of Object.entries(caller)) {
    if (typeof value === 'string' && REQUEST_ALLOWED.has(name)) headers[name] = value;
  }
  // A compressed answer could not be read by the usage tap, and saves nothing on a LAN.
  headers['accept-encoding'] = 'identity';
  for (const [name, value] of Object.entries(connection)) headers[name.toLowerCase()] = value;
  return headers;
}

/** Headers of the answer that may reach the caller, in the endpoint's own order. */
export function responseHeaders(
  upstream: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string | string[]> {
  const named = new Set(
    String(upstream['connection'] ?? '')
      .split(',')
      .map((name) => name.trim().toLowerCase()),
  );
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(upstream)) {
    if (value === undefined || RESPONSE_DROPPED.has(name) || named.has(name) || name.startsWith('access-control-'))
      continue;
    headers[name] = value;
  }
  // The name is taken by the id under which our own log has the request.
  const requestId = upstream['x-request-id'];
  if (requestId !== undefined) headers['x-upstream-request-id'] = requestId;
  return headers;
}
