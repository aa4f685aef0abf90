import type { Session } from './session.entity.js';

const HOUR_MS = 3_600_000;
/** A session that nobody used for this long is over. */
export const SESSION_IDLE_MS = 12 * HOUR_MS;
/** A session is over then, however much it is used. */
export const SESSION_MAX_MS = 7 * 24 * HOUR_MS;

/** A session that seems to begin further ahead than this is not believed. */
const AHEAD_MS = 24 * HOUR_MS;
/** A clock that was ahead by less harms nobody, and clocks of several processes differ. */
export const CLOCK_SLACK_MS = HOUR_MS;

/** When the session ends if nobody uses it from now on. */
export function endsAt(session: Pick<Session, 'lastUsedAt' | 'expiresAt'>): Date {
  return new Date(Math.min(session.lastUsedAt.getTime() + SESSION_IDLE_MS, session.expiresAt.getTime()));
}

/**
 * Whether it has ended by then. One that would last for longer than any may was begun by a clock that was ahead, and is
 * over: it would outlive its time by as much.
 */
export const isOver = (session: Pick<Session, 'lastUsedAt' | 'expiresAt'>, now: Date): boolean =>
  endsAt(session) <= now || session.expiresAt.getTime() - now.getTime() > SESSION_MAX_MS + AHEAD_MS;
