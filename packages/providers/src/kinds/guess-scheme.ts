import { isIP } from 'node:net';

/**
 * The URL with http in front for a host inside a network or a port other than 443, else with https: a key must not
 * cross the internet in the clear because a scheme was missing.
 */
export const withGuessedScheme = (typed: string): string => `${guessScheme(typed)}://${typed}`;

function guessScheme(typed: string): 'http' | 'https' {
  const authority = (/^[^/?#]*/.exec(typed)?.[0] ?? '').replace(/^.*@/, '');
  const [, host = '', port = ''] = /^(\[.*\]|[^:]*)(?::(\d+))?$/.exec(authority) ?? [];
  if (port !== '') return port === '443' ? 'https' : 'http';
  const isInternal =
    host.startsWith('[') ||
    isIP(host) !== 0 ||
    !host.includes('.') ||
    /\.(local|lan|internal|intranet|home\.arpa|localhost)$/i.test(host);
  return isInternal ? 'http' : 'https';
}
