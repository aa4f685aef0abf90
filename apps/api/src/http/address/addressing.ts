import type { IncomingMessage } from 'node:http';
import type { Config } from '../../config.js';
import { KnownHosts } from '../arrival/known-hosts.js';
import { OwnOrigin } from './own-origin.js';
import { TrustedProxies } from './proxies.js';

export type AddressSettings = Pick<Config, 'publicUrl' | 'trustedProxies'> & Partial<Pick<Config, 'basePath' | 'host'>>;

/** What the settings say of the addresses that this server is reached by. */
export interface Addressing {
  readonly proxies: TrustedProxies;
  readonly ownOrigin: OwnOrigin;
  readonly hosts: KnownHosts;
  /** Browsers reach every page of this server by https. */
  readonly isAlwaysSecure: boolean;
  /** The caller's address, of a WebSocket handshake as well. Null: the connection was closed already. */
  clientIp(message: IncomingMessage): string | null;
  /** The browser of this request reaches us by https: its cookies are Secure. */
  isSecure(message: IncomingMessage): boolean;
}

export function createAddressing({ publicUrl, trustedProxies, host }: AddressSettings): Addressing {
  const proxies = new TrustedProxies(trustedProxies);
  const isAlwaysSecure = publicUrl?.startsWith('https:') ?? false;
  return {
    proxies,
    ownOrigin: new OwnOrigin(publicUrl, proxies),
    hosts: new KnownHosts({ publicUrl, listensOn: host ?? null, proxies }),
    isAlwaysSecure,
    clientIp: (message) => proxies.clientIp(message),
    isSecure: (message) => isAlwaysSecure || proxies.schemeOf(message) === 'https',
  };
}
