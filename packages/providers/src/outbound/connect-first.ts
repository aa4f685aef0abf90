import { connect, isIPv6, type Socket } from 'node:net';
import { errorCode } from './outbound-error.js';

/** How long one address may stay silent before the next is tried beside it (RFC 8305, section 5). */
const ATTEMPT_DELAY_MS = 250;

/**
 * A socket to the first address that accepts. Addresses are tried in turn, families alternating; a refusal starts the
 * next at once, silence after 250 ms, and a slow one may still win. Rejects with the most telling error when all
 * failed, or with the signal's reason; no socket is left behind in either case.
 */
export function connectFirst(addresses: readonly string[], port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const waiting = alternateFamilies(addresses);
    const pending = new Set<Socket>();
    const errors: Error[] = [];
    let timer: NodeJS.Timeout | undefined;

    const settle = (winner: Socket | null) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      for (const socket of pending) if (socket !== winner) socket.destroy();
      pending.clear();
      waiting.length = 0;
    };
    const onAbort = () => {
      settle(null);
      reject(signal.reason as Error);
    };
    const attempt = () => {
      clearTimeout(timer);
      const host = waiting.shift();
      if (host === undefined) return;
      const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 });
      pending.add(socket);
      // Stays on the winner: an error before its new owner listens would end the process.
      socket.once('error', (error) => {
        if (!pending.delete(socket)) return;
        errors.push(error);
        if (waiting.length > 0) attempt();
        else if (pending.size === 0) {
          settle(null);
          reject(mostTelling(errors));
        }
      });
      socket.once('connect', () => {
        settle(socket);
        resolve(socket);
      });
      if (waiting.length > 0) timer = setTimeout(attempt, ATTEMPT_DELAY_MS);
    };

    if (signal.aborted) {
      onAbort();
      return;
    }
    if (waiting.length === 0) {
      reject(mostTelling([]));
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    attempt();
  });
}

function alternateFamilies(addresses: readonly string[]): string[] {
  const first = addresses[0];
  if (first === undefined) return [];
  const same = addresses.filter((address) => isIPv6(address) === isIPv6(first));
  const other = addresses.filter((address) => isIPv6(address) !== isIPv6(first));
  return Array.from({ length: Math.max(same.length, other.length) }, (_, index) => [same[index], other[index]])
    .flat()
    .filter((address) => address !== undefined);
}

// A machine without IPv6 fails with ENETUNREACH there; the refusal from the other family is what helps.
function mostTelling(errors: readonly Error[]): Error {
  const byCode = (code: string) => errors.find((error) => errorCode(error) === code);
  return byCode('ECONNREFUSED') ?? byCode('ECONNRESET') ?? errors[0] ?? new Error('There is no address to connect to.');
}
