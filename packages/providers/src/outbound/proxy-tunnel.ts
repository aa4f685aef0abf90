import { request } from 'node:http';
import type { Socket } from 'node:net';
import { hostAndPort, type Target } from './connect-problem.js';
import { OutboundError, problem } from './outbound-error.js';

/** An HTTP proxy that opens tunnels (CONNECT, RFC 9110 section 9.3.6), for http and https targets alike. */
export interface OutboundProxy extends Target {
  readonly authorization: string | null;
}

/** Throws a TypeError unless the URL is http://[user:password@]host[:port]. */
export function parseProxy(text: string): OutboundProxy {
  if (!URL.canParse(text)) throw new TypeError('The outbound proxy is not a URL.');
  const url = new URL(text);
  if (url.protocol !== 'http:') throw new TypeError('The outbound proxy must be an http:// URL.');
  const user = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  return {
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || 80),
    authorization: user ? `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` : null,
  };
}

/** A socket through the proxy to the target. Rejects with the signal's reason when aborted. */
export function openTunnel(proxy: OutboundProxy, target: Target, signal: AbortSignal): Promise<Socket> {
  const where = hostAndPort(target);
  return new Promise((resolve, reject) => {
    const tunnel = request({
      host: proxy.hostname,
      port: proxy.port,
      method: 'CONNECT',
      path: where,
      headers: { host: where, ...(proxy.authorization ? { 'proxy-authorization': proxy.authorization } : {}) },
      signal,
    });
    tunnel.once('error', (cause) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const failure = problem(
        'OTHER',
        `The outbound proxy at ${hostAndPort(proxy)} cannot be reached.`,
        'Check INTRALLM_OUTBOUND_PROXY.',
      );
      reject(new OutboundError('CONNECT', failure, { cause }));
    });
    tunnel.once('connect', (response, socket: Socket) => {
      if (response.statusCode === 200) {
        resolve(socket);
        return;
      }
      socket.destroy();
      reject(new OutboundError('CONNECT', refusedTunnel(where, response.statusCode ?? 0)));
    });
    tunnel.once('response', (response) => {
      response.destroy();
      reject(new OutboundError('CONNECT', refusedTunnel(where, response.statusCode ?? 0)));
    });
    tunnel.end();
  });
}

function refusedTunnel(where: string, status: number) {
  const hint =
    status === 407
      ? 'The proxy wants a user and a password in INTRALLM_OUTBOUND_PROXY.'
      : 'Ask the operator of the proxy to allow this host and port.';
  return problem('OTHER', `The outbound proxy does not open a tunnel to ${where} (status ${status}).`, hint);
}
