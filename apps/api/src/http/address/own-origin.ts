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
   * True when Origin is the public URL or the host that the browser connected to. The browser itself writes both
   * headers, so a page of another address cannot make them equal. An http page of a host that is reached by https is
   * not ours: anybody between a browser and us can make one. Without Origin it is true when Sec-Fetch-Site says that
   * the request comes from our own page or was typed in by hand, and without both headers for methods that change
   * nothing. Browsers send Origin with every WebSocket handshake.
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

  /**
   * Throws FORBIDDEN for a request with a session cookie that comes from another page. Its message helps people and
   * programs.
   */
  require(message: Message): void {
    if (!this.isOwn(message)) {
      throw forbidden('A session counts only with our own address as Origin. Programs use an API token.');
    }
  }
}

/** Browsers leave the usual port out; proxies may write it. */
const withPort = (host: string, scheme: string): string =>
  /:\d+$/.test(host) ? host : `${host}:${scheme === 'https' ? '443' : '80'}`;
