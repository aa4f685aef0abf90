import ipaddr from 'ipaddr.js';

/**
 * What callers are counted by: an IPv4 address, or the /64 of an IPv6 address, which usually belongs to one of them.
 */
export function callerNetwork(ip: string | null): string {
  if (ip === null || !ipaddr.isValid(ip)) return 'unknown';
  const address = ipaddr.process(ip);
  if (address instanceof ipaddr.IPv4) return address.toString();
  return address.parts.slice(0, 4).join(':');
}
