import ipaddr from 'ipaddr.js';

/** RFC 8215: translators of one's own network, with a prefix of any length of RFC 6052, section 2.2, below this one. */
const LOCAL_NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b:1::/48');
/** Where the four bytes are by the length of the prefix, leaving out byte 8. */
const NAT64_PLACES = [
  [6, 7, 9, 10],
  [7, 9, 10, 11],
  [9, 10, 11, 12],
  [12, 13, 14, 15],
] as const;

/**
 * The IPv4 addresses that packets to the address may end at, by every scheme that writes one into it: IPv4-mapped and
 * -compatible (RFC 4291), translated (RFC 2765), NAT64 (RFC 6052, 8215), 6to4 (RFC 3056), Teredo with its server and
 * its client (RFC 4380), ISATAP (RFC 5214). Empty for an address of none of them.
 */
export function embeddedIPv4(address: ipaddr.IPv6): readonly ipaddr.IPv4[] {
  if (address.isIPv4MappedAddress()) return [address.toIPv4Address()];
  const bytes = address.toByteArray();
  const at = (...places: readonly number[]) => new ipaddr.IPv4(places.map((place) => bytes[place] ?? 0));
  const last = () => at(12, 13, 14, 15);
  if (address.match(LOCAL_NAT64)) {
    // Which length it has nobody can tell from here. A reading that makes 0.x.y.z of it is none.
    return NAT64_PLACES.map((places) => at(...places)).filter((inner) => inner.octets[0] !== 0);
  }
  switch (address.range()) {
    case 'rfc6052':
    case 'rfc6145':
      return [last()];
    case '6to4':
      return [at(2, 3, 4, 5)];
    case 'teredo':
      return [at(4, 5, 6, 7), new ipaddr.IPv4(bytes.slice(12).map((byte) => byte ^ 0xff))];
    case 'unspecified':
    case 'loopback':
      return [];
    default:
      return isCompatible(bytes) || isIsatap(bytes) ? [last()] : [];
  }
}

const isCompatible = (bytes: readonly number[]): boolean => bytes.slice(0, 12).every((byte) => byte === 0);

/** The interface part begins with 00-00-5E-FE, or 02-00-5E-FE where the IPv4 address is a public one. */
function isIsatap([, , , , , , , , first = 0, ...rest]: readonly number[]): boolean {
  return (first & ~2) === 0 && rest[0] === 0 && rest[1] === 0x5e && rest[2] === 0xfe;
}
