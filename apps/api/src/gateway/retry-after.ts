import type { IncomingHttpHeaders } from 'node:http';

/**
 * How long an endpoint asks to be left alone, in milliseconds, at least 0: `retry-after-ms` as some send it, or
 * `retry-after` in seconds or as a date (RFC 9110, section 10.2.3). Null where it does not say, or says no time.
 */
export function retryAfterMs(headers: IncomingHttpHeaders, now: number = Date.now()): number | null {
  const milliseconds = first(headers['retry-after-ms']);
  if (milliseconds !== undefined && /^\d+(\.\d+)?$/.test(milliseconds)) return Number(milliseconds);
  const text = first(headers['retry-after']);
  if (text === undefined) return null;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1_000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

const first = (value: string | string[] | undefined): string | undefined =>
  (Array.isArray(value) ? value[0] : value)?.trim();
