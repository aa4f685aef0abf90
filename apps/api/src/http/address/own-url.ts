import { isIPv6 } from 'node:net';

/** They stand for every address of this machine: a browser cannot open them. */
const EVERYWHERE = new Set(['0.0.0.0', '::']);

/** The URL by which a browser on this machine reaches a server that listens there. */
export function ownUrl(host: string, port: number): string {
  if (EVERYWHERE.has(host)) return `http://localhost:${port}`;
  return `http://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}
