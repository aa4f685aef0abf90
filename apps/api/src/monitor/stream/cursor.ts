import { AppError } from '../../errors.js';
import { KEPT_MS } from '../../events/event-log.js';

/** A place in the event log: everything up to `seq` was told, and `at` is no later than what comes after it. */
export interface Cursor {
  readonly seq: number;
  readonly at: number;
}

/**
 * Clocks of several processes may differ by this much; no cursor is taken that could reach back behind what is kept.
 */
const SLACK_MS = 3_600_000;
const FORMAT = /^1:([\w-]+):(\d{1,15}):(\d{1,15})$/;

/** The cursor as subscribers keep it: opaque, and good on every process of this installation. */
export function formatCursor(cursor: Cursor, installation: string): string {
  return Buffer.from(`1:${installation}:${cursor.seq}:${cursor.at}`).toString('base64url');
}

/** Throws CURSOR_EXPIRED for a cursor that is malformed, of another installation or too old. */
export function parseCursor(text: string, options: { readonly installation: string; readonly now: number }): Cursor {
  const parts = text.length > 200 ? null : FORMAT.exec(Buffer.from(text, 'base64url').toString('latin1'));
  if (parts === null || parts[1] !== options.installation) throw cursorExpired();
  const cursor = { seq: Number(parts[2]), at: Number(parts[3]) };
  if (cursor.at < options.now - KEPT_MS + SLACK_MS) throw cursorExpired();
  return cursor;
}

export const cursorExpired = (): AppError =>
  new AppError('CURSOR_EXPIRED', 'This cursor is too old or not of this installation. Subscribe again without it.');
