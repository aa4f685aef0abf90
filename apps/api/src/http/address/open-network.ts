import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import { OPEN_NETWORK, type Actor } from '../../auth/actor.js';
import type { Arrival } from '../../auth/exchange.js';
import { forbidden } from '../../errors.js';
import type { KnownHosts } from '../arrival/known-hosts.js';
import { Networks } from './networks.js';
import type { OwnOrigin } from './own-origin.js';
import type { TrustedProxies } from './proxies.js';

/** Requests in flight of all of them together: a token of a colleague must still find a place. */
const MAX_IN_FLIGHT = 64;

interface Options {
  /** CIDR list; empty: nobody is let in without a token. */
  readonly networks: readonly string[];
  readonly proxies: Pick<TrustedProxies, 'trusts'>;
  readonly ownOrigin: Pick<OwnOrigin, 'isOwn'>;
  readonly hosts: Pick<KnownHosts, 'isOurs'>;
}

/**
 * Who acts for a request that presents nothing: somebody who may list models and chat, where it comes from one of the
 * networks, or else nobody (null). Throws FORBIDDEN for a page in a browser there, and for a page that has our address under a
 * name of its own (DNS rebinding): neither may use what the colleague before it may use.
 */
export function openNetwork({ networks, proxies, ownOrigin, hosts }: Options) {
  const open = new Networks(networks);
  return (arrival: Arrival): Actor | null => {
    if (open.isEmpty) return null;
    const { headers } = arrival.raw;
    const { authorization, cookie, origin, host } = headers;
    if (authorization !== undefined || cookie !== undefined) return null;
    if (!open.has(arrival.clientIp ?? undefined) || isSentOn(arrival.raw, proxies)) return null;
    const site = headers['sec-fetch-site'];
    const isForeignPage = site !== undefined && site !== 'same-origin' && site !== 'none';
    if (isForeignPage || (origin !== undefined && !ownOrigin.isOwn(arrival.raw))) {
      throw forbidden('Pages of other addresses may not use this network’s access. Programs send no Origin.');
    }
    if (host === undefined || !hosts.isOurs(host)) {
      throw forbidden('Without a token, use the IP address of this server or the name of INTRALLM_PUBLIC_URL.');
    }
    return actor(arrival);
  };
}

function actor({ id, clientIp }: Arrival): Actor {
  return {
    type: 'token',
    userId: OPEN_NETWORK,
    tokenId: OPEN_NETWORK,
    label: 'open network',
    scopes: new Set(['MODELS_READ', 'CHAT']),
    expiresAt: null,
    modelAllowlist: [],
    limits: [{ tokenId: OPEN_NETWORK, requestsPerMinute: null, maxInFlight: MAX_IN_FLIGHT }],
    ip: clientIp,
    requestId: id,
  };
}

/**
 * By a proxy that nobody has said to be trusted, or that says it in a header or in words that are not read, such as an address
 * with its port: then the address is the proxy's, and tells nothing of who is behind it.
 */
function isSentOn({ headers, socket }: IncomingMessage, proxies: Options['proxies']): boolean {
  const forwarded = headers['x-forwarded-for'];
  if (forwarded === undefined) return headers.forwarded !== undefined;
  const isRead = String(forwarded)
    .split(',')
    .every((address) => ipaddr.isValid(address.trim()));
  return !isRead || !proxies.trusts(socket.remoteAddress);
}
