import type { IncomingHttpHeaders } from 'node:http';
import type { AuthRule, KeyStyle } from '../profile.js';

const BEARER: AuthRule = { accepts: ['bearer'] };

/** Whether a request is let in by the rule, which by default asks for a Bearer token everywhere. */
export function isLetIn(
  headers: IncomingHttpHeaders,
  path: string,
  key: string | null,
  rule: AuthRule = BEARER,
): boolean {
  if (key === null || isOpen(path, rule)) return true;
  if (rule.requiredHeaders?.some((name) => headers[name] === undefined) === true) return false;
  if (rule.authorizationWins === true && headers.authorization !== undefined) {
    return presents(headers, 'bearer', key);
  }
  return rule.accepts.some((style) => presents(headers, style, key));
}

function isOpen(path: string, rule: AuthRule): boolean {
  if (rule.open?.includes(path) === true) return true;
  return rule.guards !== undefined && !rule.guards.some((prefix) => path === prefix || path.startsWith(`${prefix}/`));
}

function presents(headers: IncomingHttpHeaders, style: KeyStyle, key: string): boolean {
  switch (style) {
    case 'bearer':
      return headers.authorization === `Bearer ${key}`;
    case 'basic':
      return headers.authorization === `Basic ${Buffer.from(key).toString('base64')}`;
    default:
      return headers[style] === key;
  }
}
