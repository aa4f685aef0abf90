import { isIPv6 } from 'node:net';

/** Every address of this machine: nobody can open it as it stands. */
const EVERYWHERE = new Set(['0.0.0.0', '::']);

/** Where a browser on this machine finds what listens there. */
export function ownUrl(host: string, port: number): string {
  if (EVERYWHERE.has(host)) return `http://localhost:${port}`;
  return `http://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}
