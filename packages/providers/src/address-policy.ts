// Which addresses an outbound connection may reach. Judged with the resolved address, at the moment of connecting: a
// name can resolve to something else a second later. The operator's lists never lift what is refused below; deny wins
// over allow.
import { networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';
import { embeddedIPv4 } from './outbound/embedded-ipv4.js';
import { isMetadataAddress, isMetadataName } from './outbound/metadata-services.js';

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
  /**
   * The reason why the address must not be reached, as the end of a sentence that begins with it; null if it may be.
   */
  refusal(address: string, port: number): string | null;
  /** The same for a name that only a proxy can resolve. */
  nameRefusal(hostname: string): string | null;
}

const REFUSED_RANGES: ReadonlyMap<string, string> = new Map([
  ['unspecified', 'is an address to listen on, not one to reach'],
  ['linkLocal', 'is link-local, where cloud metadata services live'],
  // RFC 3879 took it out of use; where it still works it is as local as the former.
  ['deprecatedSiteLocal', 'is site-local (fec0::/10), a range that is out of use and treated as link-local'],
  ['multicast', 'is a multicast address'],
  ['broadcast', 'is the broadcast address'],
]);

const PRIVATE_RANGES = new Set([
  'private',
  'loopback',
  'carrierGradeNat',
  'uniqueLocal',
  'linkLocal',
  'deprecatedSiteLocal',
  'unspecified',
]);

/** Throws a TypeError that names the entry if one of the lists holds something else than addresses and CIDR ranges. */
export function createAddressPolicy(options: AddressPolicyOptions = {}): AddressPolicy {
  const allowed = (options.allowedNetworks ?? []).map(parseNetwork);
  const denied = (options.deniedNetworks ?? []).map(parseNetwork);
  const ownAddresses = options.ownAddresses ?? (() => []);

  return {
    refusal(text, port) {
      const judged = readAddress(text);
      if (!judged) return 'is not an IP address';
      const forms = [judged.address, ...judged.inner];
      for (const form of forms) {
        const reason = builtInRefusal(form);
        if (reason) return reason;
      }
      if (ownAddresses().some((own) => own.port === port && forms.some((form) => isOwnHost(own.host, form)))) {
        return 'is the address of IntraLLM Connections itself';
      }
      if (denied.some((network) => forms.some((form) => matches(form, network)))) {
        return 'is in a network that the operator denied';
      }
      if (allowed.length > 0 && !isAllowed(judged, allowed)) {
        return 'is in none of the networks that the operator allowed';
      }
      return null;
    },
    nameRefusal: (hostname) => (isMetadataName(hostname) ? 'is the name of a cloud metadata service' : null),
  };
}

/**
 * True for an address that anybody on the internet could own; false for private, loopback, CGNAT and malformed ones.
 */
export function isPublicAddress(text: string): boolean {
  const judged = readAddress(text);
  return judged !== null && [judged.address, ...judged.inner].every((form) => !PRIVATE_RANGES.has(form.range()));
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

/** An address, and the IPv4 addresses inside of it, each of which packets to it may end at. */
interface JudgedAddress {
  readonly address: Address;
  readonly inner: readonly ipaddr.IPv4[];
}

/** Brackets and a zone (`fe80::1%eth0`) are taken off. Null for what is no address. */
function readAddress(text: string): JudgedAddress | null {
  const bare = text.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  if (!ipaddr.isValid(bare)) return null;
  // A mapped address is the IPv4 address (RFC 4291, 2.5.5.2); judging its outer form would say nothing.
  const address = ipaddr.process(bare);
  return { address, inner: address.kind() === 'ipv4' ? [] : embeddedIPv4(address as ipaddr.IPv6) };
}

/** By itself, or because each address inside of it is. */
function isAllowed({ address, inner }: JudgedAddress, allowed: readonly Network[]): boolean {
  const isIn = (form: Address) => allowed.some((network) => matches(form, network));
  return isIn(address) || (inner.length > 0 && inner.every(isIn));
}

function builtInRefusal(address: Address): string | null {
  if (isMetadataAddress(address)) return 'belongs to a cloud metadata service';
  return REFUSED_RANGES.get(address.range()) ?? null;
}

function isOwnHost(host: string, target: Address): boolean {
  const isLoopback = target.range() === 'loopback';
  if (host === 'localhost') return isLoopback;
  const own = readAddress(host)?.address;
  if (!own) return false;
  if (own.range() === 'loopback') return isLoopback;
  if (own.range() === 'unspecified') return isLoopback || isLocalInterface(target);
  return own.toNormalizedString() === target.toNormalizedString();
}

function isLocalInterface(target: Address): boolean {
  const wanted = target.toNormalizedString();
  return Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .some((entry) => readAddress(entry.address)?.address.toNormalizedString() === wanted);
}

function matches(address: Address, [network, bits]: Network): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}
