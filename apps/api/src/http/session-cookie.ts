import type { FastifyReply } from 'fastify';
import type { SessionCookie } from '../auth/request-context.js';

const SESSION_COOKIE = 'intrallm_session';

/** The value of the session cookie in a Cookie header (RFC 6265, section 5.4); undefined where it is not in there. */
export function readSessionCookie(header: string | undefined): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const [name, ...value] = pair.split('=');
    if (name?.trim() === SESSION_COOKIE) return value.join('=').trim();
  }
  return undefined;
}

interface CookiePlace {
  /** Browsers reach us by https. */
  readonly secure: boolean;
  /** The path below which browsers see us: what else this host serves does not get the cookie. */
  readonly basePath: string;
}

/** Sets and clears the session cookie of an answer. */
export function sessionCookie(reply: FastifyReply, { secure, basePath }: CookiePlace): SessionCookie {
  const attributes = `Path=${basePath || '/'}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
  const write = (value: string, expiresAt: Date) =>
    void reply
      .removeHeader('set-cookie')
      .header('set-cookie', `${SESSION_COOKIE}=${value}; Expires=${expiresAt.toUTCString()}; ${attributes}`);
  return {
    set: (token, expiresAt) => {
      write(token, expiresAt);
    },
    clear: () => {
      write('', new Date(0));
    },
  };
}
