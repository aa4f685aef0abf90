import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import { OPEN_NETWORK, type Actor } from '../../auth/actor.js';
import type { Arrival } from '../../auth/exchange.js';
import { forbidden } from '../../errors.js';
import type { KnownHosts } from '../arrival/known-hosts.js';
import { Networks } from './networks.js';
import type { OwnOrigin } from './own-origin.js';
import type { TrustedProxies } from './proxies.js';

/** Requests in flight of all these callers together: the token of a colleague must still find a place. */
const MAX_IN_FLIGHT = 64;

interface Options {
  /** In CIDR notation; empty: nobody is let in without a token. */
  readonly networks: readonly string[];
  readonly proxies: Pick<TrustedProxies, 'trusts'>;
  readonly ownOrigin: Pick<OwnOrigin, 'isOwn'>;
  readonly hosts: Pick<KnownHosts, 'isOurs'>;
}

/**
 * Who acts for a request without a credential: an actor who may list models and chat if the request comes from one of
 * the networks, otherwise nobody (null). Throws FORBIDDEN for a page of another address in a browser of such a network,
 * and for a page that reaches us under a name of its own (DNS rebinding): pages must not use the access of the person
 * who looks at them.
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
 * Whether a proxy sent the request on that is not trusted, or that names the caller in a way that is not read here: in
 * another header, or as an address with a port. Then the address that we know is the proxy's and says nothing of the
 * caller.
 */
function isSentOn({ headers, socket }: IncomingMessage, proxies: Options['proxies']): boolean {
  const forwarded = headers['x-forwarded-for'];
  if (forwarded === undefined) return headers.forwarded !== undefined;
  const isRead = String(forwarded)
    .split(',')
    .every((address) => ipaddr.isValid(address.trim()));
  return !isRead || !proxies.trusts(socket.remoteAddress);
}
