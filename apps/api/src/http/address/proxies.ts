import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import { Networks } from './networks.js';

/** Which peers may speak for their callers, with X-Forwarded-* and X-Request-Id. */
export class TrustedProxies {
  readonly #networks: Networks;

  /** Takes networks such as 10.0.0.0/8 and single addresses. */
  constructor(list: readonly string[]) {
    this.#networks = new Networks(list);
  }

  trusts(address: string | undefined): boolean {
    return this.#networks.has(address);
  }

  /**
   * The address that a request came from: the last one in X-Forwarded-For that is no trusted proxy's, otherwise the
   * peer's.
   */
  clientIp(message: IncomingMessage): string | null {
    let address = message.socket.remoteAddress;
    if (!this.trusts(address)) return address ?? null;
    const forwarded = String(message.headers['x-forwarded-for'] ?? '').split(',');
    while (this.trusts(address)) {
      const next = forwarded.pop()?.trim();
      if (next === undefined || !ipaddr.isValid(next)) break;
      address = next;
    }
    return address ?? null;
  }

  /** What the browser asked for: `X-Forwarded-Host` of a trusted proxy, which may have put its own name into `Host`. */
  hostOf({ headers, socket }: Addressed): string | undefined {
    const forwarded = headers['x-forwarded-host'];
    const host = forwarded === undefined || !this.trusts(socket?.remoteAddress) ? undefined : firstOf(forwarded);
    return host ?? headers.host;
  }

  /**
   * The scheme that the browser used, as a trusted proxy says in `X-Forwarded-Proto`; null when no trusted proxy says
   * it.
   */
  schemeOf({ headers, socket }: Addressed): 'http' | 'https' | null {
    const forwarded = headers['x-forwarded-proto'];
    if (forwarded === undefined || !this.trusts(socket?.remoteAddress)) return null;
    const scheme = firstOf(forwarded)?.toLowerCase();
    return scheme === 'http' || scheme === 'https' ? scheme : null;
  }
}

/** The parts of a request that say how its caller addressed us. */
export type Addressed = Pick<IncomingMessage, 'headers'> & {
  readonly socket?: { readonly remoteAddress?: string | undefined };
};

/**
 * The first value of a header that each proxy on the way adds to: it is from the proxy that the browser connected to.
 */
function firstOf(value: string | string[]): string | undefined {
  const first = String(value).split(',', 1)[0]?.trim();
  return first === '' ? undefined : first;
}
