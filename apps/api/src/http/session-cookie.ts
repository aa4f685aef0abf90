import type { FastifyReply } from 'fastify';
import type { SessionCookie } from '../auth/request-context.js';
import { DEVICE_NOTE_MS } from '../auth/sign-in/device-notes.js';

const SESSION_COOKIE = 'intrallm_session';
const DEVICE_COOKIE = 'intrallm_device';

/** The value of the session cookie in a Cookie header; undefined when the header does not have that cookie. */
export const readSessionCookie = (header: string | undefined): string | undefined => readCookie(header, SESSION_COOKIE);

/**
 * The value of the cookie that names earlier sign-ins with this browser; undefined when the header does not have it.
 */
export const readDeviceCookie = (header: string | undefined): string | undefined => readCookie(header, DEVICE_COOKIE);

/** RFC 6265, section 5.4. */
function readCookie(header: string | undefined, wanted: string): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const [name, ...value] = pair.split('=');
    if (name?.trim() === wanted) return value.join('=').trim();
  }
  return undefined;
}

interface CookiePlace {
  /** Browsers reach us by https. */
  readonly secure: boolean;
  /** The path below which browsers see us. Other servers of this host do not get the cookie. */
  readonly basePath: string;
}

/** Sets and clears the cookies of an answer. */
export function sessionCookie(reply: FastifyReply, { secure, basePath }: CookiePlace): SessionCookie {
  const attributes = `Path=${basePath || '/'}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
  const write = (name: string, value: string, expiresAt: Date): void => {
    const set = [reply.getHeader('set-cookie') ?? []].flat().map(String);
    const others = set.filter((cookie) => !cookie.startsWith(`${name}=`));
    const all = [...others, `${name}=${value}; Expires=${expiresAt.toUTCString()}; ${attributes}`];
    // Otherwise the answer would set the same cookie twice.
    void reply.removeHeader('set-cookie').header('set-cookie', all);
  };
  return {
    set: (token, expiresAt) => {
      write(SESSION_COOKIE, token, expiresAt);
    },
    clear: () => {
      write(SESSION_COOKIE, '', new Date(0));
    },
    keepDeviceNotes: (notes) => {
      write(DEVICE_COOKIE, notes, new Date(Date.now() + DEVICE_NOTE_MS));
    },
  };
}
