import ipaddr from 'ipaddr.js';
import { ConfigError } from './config-error.js';

/** A comma-separated list of networks. Throws ConfigError naming the entry that is none. */
export function readNetworks(variable: string, text = ''): readonly string[] {
  const entries = splitList(text, ',');
  for (const entry of entries) {
    const problem = networkProblem(entry);
    if (problem !== null) {
      throw new ConfigError(
        variable,
        `must be a comma-separated list of networks such as 10.0.0.0/8: ${JSON.stringify(entry)} ${problem}`,
      );
    }
  }
  return entries;
}

function networkProblem(entry: string): string | null {
  if (/[\s;]/.test(entry)) return 'has a blank or a ";" in place of a comma';
  const [address = '', bits, ...more] = entry.split('/');
  // "10/8" and "010.0.0.1" mean one thing here and another thing elsewhere.
  const isIPv4 = ipaddr.IPv4.isValidFourPartDecimal(address);
  if (!isIPv4 && !ipaddr.IPv6.isValid(address)) return 'does not begin with a whole IP address';
  if (!isIPv4 && ipaddr.IPv6.parse(address).isIPv4MappedAddress()) return 'is to be written as the IPv4 network it is';
  if (bits === undefined) return null;
  const most = isIPv4 ? 32 : 128;
  const isLength = more.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= most;
  return isLength ? null : `must have a number from 0 to ${String(most)} after its "/"`;
}

/** The parts without spaces around them, empty ones left out. */
export function splitList(text: string, separator: string | RegExp): string[] {
  return splitPositions(text, separator).filter((part) => part !== '');
}

/** The parts without spaces around them, empty ones too: for lists in which the place says what belongs together. */
export function splitPositions(text: string, separator: string | RegExp): string[] {
  return text.split(separator).map((part) => part.trim());
}
