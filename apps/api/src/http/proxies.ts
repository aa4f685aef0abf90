import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import { Networks } from './networks.js';

/** Which peers may speak for others, by X-Forwarded-* and X-Request-Id. */
export class TrustedProxies {
  readonly #networks: Networks;

  /** Takes networks such as 10.0.0.0/8 and single addresses. */
  constructor(list: readonly string[]) {
    this.#networks = new Networks(list);
  }

  trusts(address: string | undefined): boolean {
    return this.#networks.has(address);
  }

  /** The address a request came from: the last one in X-Forwarded-For that no trusted proxy has, else the peer. */
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
}
