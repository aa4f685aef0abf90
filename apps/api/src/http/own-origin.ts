import type { IncomingMessage } from 'node:http';
import { forbidden } from '../errors.js';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Decides whether a request that carries the session cookie comes from our own pages; SameSite alone ignores ports. */
export class OwnOrigin {
  /** `publicUrl`: the Origin that browsers see, null where it is the one they connect to. */
  constructor(private readonly publicUrl: string | null) {}

  /**
   * True when Origin is the public URL or the host that the browser connected to (it names both itself, so a page from
   * elsewhere cannot make them equal). Without Origin: when Sec-Fetch-Site says same origin or typed in by hand, or,
   * where that is missing too, for methods that change nothing. Browsers send Origin with every WebSocket handshake.
   */
  isOwn(message: Pick<IncomingMessage, 'method' | 'headers'>): boolean {
    const { origin, host } = message.headers;
    if (origin !== undefined) {
      if (this.publicUrl !== null && origin === this.publicUrl) return true;
      return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
    }
    const site = message.headers['sec-fetch-site'];
    if (site !== undefined) return site === 'same-origin' || site === 'none';
    return SAFE_METHODS.has(message.method ?? '');
  }

  /** Throws FORBIDDEN, in words for people with a browser and for those with a program, when a request that counts by its cookie comes from elsewhere. */
  require(message: Pick<IncomingMessage, 'method' | 'headers'>): void {
    if (!this.isOwn(message)) {
      throw forbidden('A session counts only with our own address as Origin. Programs use an API token.');
    }
  }
}
