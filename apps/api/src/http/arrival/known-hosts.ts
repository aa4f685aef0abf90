import type { IncomingMessage } from 'node:http';
import { hostname } from 'node:os';
import ipaddr from 'ipaddr.js';
import type { TrustedProxies } from '../address/proxies.js';

interface Options {
  /** The origin that browsers see; null: they use any address of this server. */
  readonly publicUrl: string | null;
  /** The address or name that the settings say to listen on. */
  readonly listensOn: string | null;
  readonly proxies: Pick<TrustedProxies, 'trusts' | 'hostOf'>;
}

/**
 * Which names this server has. The owner of a domain can point a name in it at us, and the browser then takes a page
 * under that name for ours (DNS rebinding). Nobody can do that with an address, or with a name without a dot, which is
 * in no domain.
 */
export class KnownHosts {
  readonly #names: ReadonlySet<string>;

  constructor(private readonly options: Options) {
    const own = hostname().toLowerCase();
    const names = [own, `${own}.local`, options.listensOn, options.publicUrl && new URL(options.publicUrl).host];
    this.#names = new Set(
      names.filter((name) => typeof name === 'string' && name !== '').map((name) => nameOf(String(name))),
    );
  }

  /** Whether a `Host` is a name that nobody else can have. */
  isOurs(host: string): boolean {
    const name = nameOf(host);
    return this.#names.has(name) || /^[\w-]+$/.test(name) || name.endsWith('.localhost') || ipaddr.isValid(name);
  }

  /**
   * The same for a request. Programs may leave `Host` out. A trusted proxy may use names of its own, unless ours is
   * set.
   */
  isAskedByName(message: IncomingMessage): boolean {
    const { proxies, publicUrl } = this.options;
    const host = proxies.hostOf(message);
    if (host === undefined || this.isOurs(host)) return true;
    return publicUrl === null && proxies.trusts(message.socket.remoteAddress);
  }
}

/** In small letters, without a port, the brackets of IPv6 and the dot at the end of a full name. */
export function nameOf(host: string): string {
  const name = host.toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '');
  return name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name;
}

/** Of two Host headers one program reads the first, another one the last. */
export function hasTwoHosts({ rawHeaders }: IncomingMessage): boolean {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts > 1;
}
