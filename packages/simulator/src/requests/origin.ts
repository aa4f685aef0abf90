import { isIP } from 'node:net';

const LOCAL_NAME = /^(localhost|.+\.(localhost|local|internal))$/i;

/** Whether a Host or Origin header names a place that is neither an address nor local. An absent header does not. */
export function isForeign(header: string | undefined): boolean {
  if (header === undefined) return false;
  const host = header
    .replace(/^[a-z][a-z0-9+.-]*:\/\//i, '')
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1');
  return isIP(host) === 0 && !LOCAL_NAME.test(host);
}
