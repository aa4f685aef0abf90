// Which addresses an outbound connection may reach. Judged with the resolved address, at the moment of connecting: a name can
// resolve to something else a second later. The operator's lists never lift what is refused below; deny wins over allow.
import { networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = [Address, number];

export interface ListeningAddress {
  readonly host: string;
  readonly port: number;
}

export interface AddressPolicyOptions {
  /** CIDR ranges or single addresses. When not empty, nothing outside of them is reached. */
  readonly allowedNetworks?: readonly string[];
  /** CIDR ranges or single addresses that are never reached, also where allowed. */
  readonly deniedNetworks?: readonly string[];
  /** Where this process listens, asked anew for every judgement: a connection to ourselves would be a loop. */
  readonly ownAddresses?: () => readonly ListeningAddress[];
}

export interface AddressPolicy {
  /** The reason why the address must not be reached, as the end of a sentence that begins with it; null if it may be. */
  refusal(address: string, port: number): string | null;
}

// Addresses at which clouds hand out credentials or instance data. Most are link-local and refused already; these are not.
const METADATA_ADDRESSES = new Set(
  ['fd00:ec2::254', 'fd20:ce::254', '100.100.100.200', '168.63.129.16', '192.0.0.192'].map((address) =>
    ipaddr.parse(address).toNormalizedString(),
  ),
);

const REFUSED_RANGES: ReadonlyMap<string, string> = new Map([
  ['unspecified', 'is an address to listen on, not one to reach'],
  ['linkLocal', 'is link-local, where cloud metadata services live'],
  ['multicast', 'is a multicast address'],
  ['broadcast', 'is the broadcast address'],
]);

const PRIVATE_RANGES = new Set(['private', 'loopback', 'carrierGradeNat', 'uniqueLocal', 'linkLocal', 'unspecified']);

/** Throws a TypeError that names the entry if one of the lists holds something else than addresses and CIDR ranges. */
export function createAddressPolicy(options: AddressPolicyOptions = {}): AddressPolicy {
  const allowed = (options.allowedNetworks ?? []).map(parseNetwork);
  const denied = (options.deniedNetworks ?? []).map(parseNetwork);
  const ownAddresses = options.ownAddresses ?? (() => []);

  return {
    refusal(text, port) {
      const forms = addressForms(text);
      if (!forms) return 'is not an IP address';
      const last = forms.at(-1) as Address;
      for (const form of forms) {
        const reason = builtInRefusal(form);
        if (reason) return reason;
      }
      if (ownAddresses().some((own) => own.port === port && isOwnHost(own.host, last))) {
        return 'is the address of IntraLLM Connections itself';
      }
      if (denied.some((network) => forms.some((form) => matches(form, network)))) {
        return 'is in a network that the operator denied';
      }
      if (allowed.length > 0 && !allowed.some((network) => forms.some((form) => matches(form, network)))) {
        return 'is in none of the networks that the operator allowed';
      }
      return null;
    },
  };
}

/** True for an address that anybody on the internet could own; false for private, loopback, CGNAT and malformed ones. */
export function isPublicAddress(text: string): boolean {
  const forms = addressForms(text);
  return forms !== null && forms.every((form) => !PRIVATE_RANGES.has(form.range()));
}

/** Throws a TypeError that names the entry. A bare address stands for itself alone. */
export function parseNetwork(text: string): Network {
  const entry = text.trim();
  try {
    if (entry.includes('/')) return ipaddr.parseCIDR(entry);
    const address = ipaddr.parse(entry);
    return [address, address.kind() === 'ipv4' ? 32 : 128];
  } catch (cause) {
    throw new TypeError(`"${entry}" is neither an IP address nor a network such as 10.0.0.0/8.`, { cause });
  }
}

/** The address and, if it carries an IPv4 address inside (mapped, NAT64, 6to4, compatible), that one after it. */
function addressForms(text: string): Address[] | null {
  const bare = text.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  if (!ipaddr.isValid(bare)) return null;
  const address = ipaddr.parse(bare);
  if (address.kind() === 'ipv4') return [address];
  const inner = embeddedIPv4(address as ipaddr.IPv6);
  // A mapped address is the IPv4 address (RFC 4291, 2.5.5.2); judging its outer form would say nothing.
  if (inner && (address as ipaddr.IPv6).isIPv4MappedAddress()) return [inner];
  return inner ? [address, inner] : [address];
}

function embeddedIPv4(address: ipaddr.IPv6): ipaddr.IPv4 | null {
  const bytes = address.toByteArray();
  const inner = (from: number) => new ipaddr.IPv4(bytes.slice(from, from + 4));
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  if (address.range() === 'rfc6052' || address.range() === 'rfc6145') return inner(12);
  if (address.range() === '6to4') return inner(2);
  const isCompatible =
    bytes.slice(0, 12).every((byte) => byte === 0) && !['unspecified', 'loopback'].includes(address.range());
  return isCompatible ? inner(12) : null;
}

function builtInRefusal(address: Address): string | null {
  if (METADATA_ADDRESSES.has(address.toNormalizedString())) return 'belongs to a cloud metadata service';
  if (address.toNormalizedString() === '169.254.169.254') return 'belongs to a cloud metadata service';
  return REFUSED_RANGES.get(address.range()) ?? null;
}

function isOwnHost(host: string, target: Address): boolean {
  const isLoopback = target.range() === 'loopback';
  if (host === 'localhost') return isLoopback;
  const own = addressForms(host)?.at(-1);
  if (!own) return false;
  if (own.range() === 'loopback') return isLoopback;
  if (own.range() === 'unspecified') return isLoopback || isLocalInterface(target);
  return own.toNormalizedString() === target.toNormalizedString();
}

function isLocalInterface(target: Address): boolean {
  const wanted = target.toNormalizedString();
  return Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .some((entry) => addressForms(entry.address)?.at(-1)?.toNormalizedString() === wanted);
}

function matches(address: Address, [network, bits]: Network): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}
