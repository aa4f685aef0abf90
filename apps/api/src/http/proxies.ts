import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** Which peers may speak for others, by X-Forwarded-* and X-Request-Id. */
export class TrustedProxies {
  readonly #networks: readonly Network[];

  /** Takes networks such as 10.0.0.0/8 and single addresses. */
  constructor(list: readonly string[]) {
    this.#networks = list.map((text) => {
      if (text.includes('/')) return ipaddr.parseCIDR(text);
      const address = ipaddr.process(text);
      return [address, address.kind() === 'ipv4' ? 32 : 128];
    });
  }

  trusts(address: string | undefined): boolean {
    if (this.#networks.length === 0 || address === undefined || !ipaddr.isValid(address)) return false;
    const peer = ipaddr.process(address);
    return this.#networks.some(
      ([network, bits]) => network.kind() === peer.kind() && peer.match([network, bits] as never),
    );
  }

  /** The address a request came from: the last one in X-Forwarded-For that no trusted proxy has, else the peer. */
  clientIp(message: IncomingMessage): string | null {
    let address = message.socket.remoteAddress;
    const forwarded = String(message.headers['x-forwarded-for'] ?? '').split(',');
    while (this.trusts(address)) {
      const next = forwarded.pop()?.trim();
      if (next === undefined || !ipaddr.isValid(next)) break;
      address = next;
    }
    return address ?? null;
  }
}
