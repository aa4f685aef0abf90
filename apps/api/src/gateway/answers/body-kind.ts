import { firstValue } from '../forwarding/forwarded-headers.js';

export const EVENT_STREAM = 'text/event-stream';

/** A body as its first bytes show it. */
export type BodyKind = 'EVENTS' | 'JSON' | 'OTHER';

/** The media type in lower case and without its parameters; '' where none is stated. */
export function mediaTypeOf(contentType: string | readonly string[] | undefined): string {
  const stated = firstValue(contentType) ?? '';
  const end = stated.indexOf(';');
  return (end === -1 ? stated : stated.slice(0, end)).trim().toLowerCase();
}

/** The fields of an event, and a comment (WHATWG HTML, section 9.2.6). */
const EVENT_FIELDS = ['data:', 'event:', 'id:', 'retry:', ':'];
/** Longer than any beginning that is looked for. */
const LOOKED_AT = 8;
/** A byte order mark in UTF-8, as Latin-1. */
const BYTE_ORDER_MARK = 'ï»¿';

/** What a body is by its first bytes, a byte order mark and blanks left aside; null: they do not tell yet. */
export function kindOfStart(bytes: Buffer): BodyKind | null {
  let at = 0;
  const mark = bytes.toString('latin1', 0, BYTE_ORDER_MARK.length);
  if (mark === BYTE_ORDER_MARK) at = mark.length;
  else if (BYTE_ORDER_MARK.startsWith(mark)) return null;
  while (isBlank(bytes[at])) at += 1;
  const start = bytes.toString('latin1', at, at + LOOKED_AT);
  if (start === '') return null;
  if (start.startsWith('{') || start.startsWith('[')) return 'JSON';
  if (EVENT_FIELDS.some((field) => start.startsWith(field))) return 'EVENTS';
  return EVENT_FIELDS.some((field) => field.startsWith(start)) ? null : 'OTHER';
}

const isBlank = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
