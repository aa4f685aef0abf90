import ipaddr from 'ipaddr.js';

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** Networks such as 10.0.0.0/8 and single addresses, as the settings list them. */
export class Networks {
  readonly #networks: readonly Network[];

  constructor(list: readonly string[]) {
    this.#networks = list.map((text) => {
      if (text.includes('/')) return ipaddr.parseCIDR(text);
      const address = ipaddr.process(text);
      return [address, address.kind() === 'ipv4' ? 32 : 128];
    });
  }

  get isEmpty(): boolean {
    return this.#networks.length === 0;
  }

  /** IPv4 addresses written as IPv6 ones count as what they are. */
  has(address: string | undefined): boolean {
    if (this.isEmpty || address === undefined || !ipaddr.isValid(address)) return false;
    const one = ipaddr.process(address);
    return this.#networks.some(
      ([network, bits]) => network.kind() === one.kind() && one.match([network, bits] as never),
    );
  }
}
