import type { IncomingMessage } from 'node:http';
import { forbidden } from '../../errors.js';
import { nameOf } from '../arrival/known-hosts.js';
import type { Addressed, TrustedProxies } from './proxies.js';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

type Message = Pick<IncomingMessage, 'method'> & Addressed;

/** Decides whether a request that carries the session cookie comes from our own pages; SameSite alone ignores ports. */
export class OwnOrigin {
  readonly #public: { readonly origin: string; readonly name: string; readonly isSecure: boolean } | null;

  /** `publicUrl`: the Origin that browsers see, null where it is the one they connect to. */
  constructor(
    publicUrl: string | null,
    private readonly proxies: Pick<TrustedProxies, 'hostOf' | 'schemeOf'>,
  ) {
    const url = publicUrl === null ? null : new URL(publicUrl);
    this.#public = url && { origin: url.origin, name: nameOf(url.host), isSecure: url.protocol === 'https:' };
  }

  /**
   * True when Origin is the public URL or the host that the browser connected to (it names both itself, so a page from
   * elsewhere cannot make them equal). An http page of a host that is reached by https is not ours: whoever is between a
   * browser and us can make one. Without Origin: when Sec-Fetch-Site says same origin or typed in by hand, or,
   * where that is missing too, for methods that change nothing. Browsers send Origin with every WebSocket handshake.
   */
  isOwn(message: Message): boolean {
    const { origin } = message.headers;
    if (origin !== undefined) return this.#isOwnPage(origin, message);
    const site = message.headers['sec-fetch-site'];
    if (site !== undefined) return site === 'same-origin' || site === 'none';
    return SAFE_METHODS.has(message.method ?? '');
  }

  #isOwnPage(origin: string, message: Message): boolean {
    if (origin === this.#public?.origin) return true;
    const host = this.proxies.hostOf(message);
    const [, scheme, page] = /^(https?):\/\/([^/]+)$/.exec(origin.toLowerCase()) ?? [];
    if (host === undefined || scheme === undefined || page === undefined) return false;
    if (scheme === 'http') {
      if (this.proxies.schemeOf(message) === 'https') return false;
      if (this.#public?.isSecure === true && nameOf(page) === this.#public.name) return false;
    }
    return withPort(page, scheme) === withPort(host.toLowerCase(), scheme);
  }

  /** Throws FORBIDDEN, in words for people with a browser and for those with a program, when a request that counts by its cookie comes from elsewhere. */
  require(message: Message): void {
    if (!this.isOwn(message)) {
      throw forbidden('A session counts only with our own address as Origin. Programs use an API token.');
    }
  }
}

/** Browsers leave the usual port out; proxies may not. */
const withPort = (host: string, scheme: string): string =>
  /:\d+$/.test(host) ? host : `${host}:${scheme === 'https' ? '443' : '80'}`;
