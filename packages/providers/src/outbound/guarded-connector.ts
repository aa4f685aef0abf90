import { lookup } from 'node:dns/promises';
import { isIP, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext } from 'node:tls';
import type { buildConnector } from 'undici';
import { isPublicAddress, type AddressPolicy } from '../address-policy.js';
import { readAsHttp } from './answer-parser.js';
import { connectFirst } from './connect-first.js';
import { connectError, connectTimeout, type Target } from './connect-problem.js';
import { OutboundError, problem, type OutboundPhase } from './outbound-error.js';
import { openTunnel, type OutboundProxy } from './proxy-tunnel.js';

/** How a connection came about. Times are null for steps that were not taken. */
export interface ConnectionReport {
  /** The address that answered; null when a proxy stands between. */
  readonly remoteAddress: string | null;
  readonly isViaProxy: boolean;
  readonly isEncrypted: boolean;
  /** False where only the proxy could resolve the name, so that the address policy had nothing to judge. */
  readonly isJudged: boolean;
  readonly dnsMs: number | null;
  readonly connectMs: number;
  readonly tlsMs: number | null;
  /** On the clock of `performance.now()`. */
  readonly connectedAt: number;
}

export interface ConnectorSettings {
  readonly policy: AddressPolicy;
  readonly connectTimeoutMs: number;
  readonly secureContext: SecureContext;
  readonly proxy: OutboundProxy | null;
  /** Aborting it abandons connections that are still being made. */
  readonly signal?: AbortSignal;
  readonly onConnected?: (report: ConnectionReport) => void;
}

interface Resolved {
  readonly addresses: readonly string[];
  readonly dnsMs: number | null;
}

/**
 * A connector for undici's dispatchers under which every connection passes the address policy. Fails with
 * OutboundError.
 */
export function createGuardedConnector(settings: ConnectorSettings): buildConnector.connector {
  return (options, callback) => {
    const isEncrypted = options.protocol === 'https:';
    const target = {
      hostname: options.hostname.replace(/^\[|\]$/g, ''),
      port: Number(options.port || (isEncrypted ? 443 : 80)),
    };
    openConnection(target, isEncrypted, settings).then(
      (socket) => {
        readAsHttp(socket);
        callback(null, socket);
      },
      (error: unknown) => callback(error as Error, null),
    );
  };
}

async function openConnection(target: Target, isEncrypted: boolean, settings: ConnectorSettings): Promise<Socket> {
  const deadline = AbortSignal.timeout(settings.connectTimeoutMs);
  const signal = settings.signal ? AbortSignal.any([deadline, settings.signal]) : deadline;
  let phase: OutboundPhase = 'ADDRESS';
  let address: string | null = null;
  try {
    const { addresses, dnsMs } = await resolve(target, settings, signal);
    const reachable = judge(target, addresses, settings.policy);
    const viaProxy = settings.proxy !== null && reachable.every(isPublicAddress) ? settings.proxy : null;

    phase = 'CONNECT';
    address = viaProxy ? null : (reachable[0] ?? null);
    const startedAt = performance.now();
    const socket = viaProxy
      ? await openTunnel(viaProxy, target, signal)
      : await connectFirst(reachable, target.port, signal);
    const connectMs = performance.now() - startedAt;

    phase = 'TLS';
    const secured = isEncrypted ? await secure(socket, target, settings.secureContext, signal) : socket;
    const connectedAt = performance.now();
    settings.onConnected?.({
      remoteAddress: viaProxy ? null : (socket.remoteAddress ?? null),
      isViaProxy: viaProxy !== null,
      isEncrypted,
      isJudged: reachable.length > 0,
      dnsMs,
      connectMs,
      tlsMs: isEncrypted ? connectedAt - startedAt - connectMs : null,
      connectedAt,
    });
    return secured;
  } catch (error) {
    if (settings.signal?.aborted) throw settings.signal.reason;
    const failure = deadline.aborted
      ? connectTimeout(phase, target, settings.connectTimeoutMs)
      : connectError(phase, target, error);
    failure.address = address;
    throw failure;
  }
}

/** Without an answer from DNS a proxy may still know the name: then there are no addresses, and nothing to judge. */
async function resolve({ hostname }: Target, { proxy }: ConnectorSettings, signal: AbortSignal): Promise<Resolved> {
  if (isIP(hostname)) return { addresses: [hostname], dnsMs: null };
  const startedAt = performance.now();
  try {
    const found = await unlessAborted(lookup(hostname, { all: true, order: 'verbatim' }), signal);
    return { addresses: found.map(({ address }) => address), dnsMs: performance.now() - startedAt };
  } catch (error) {
    if (proxy === null || signal.aborted) throw error;
    return { addresses: [], dnsMs: performance.now() - startedAt };
  }
}

/** A name with a forbidden and a permitted address is reached at the permitted one only. */
function judge(target: Target, addresses: readonly string[], policy: AddressPolicy): readonly string[] {
  const refusals = addresses.map((address) => policy.refusal(address, target.port));
  const reachable = addresses.filter((_, index) => refusals[index] === null);
  const first = addresses.findIndex((_, index) => refusals[index] !== null);
  if (reachable.length > 0) return reachable;
  if (first < 0) {
    const reason = policy.nameRefusal(target.hostname);
    if (reason === null) return reachable;
    throw blocked(`${target.hostname} ${reason}.`);
  }
  const address = addresses[first] as string;
  const subject = address === target.hostname ? address : `${target.hostname} resolves to ${address}, which`;
  throw blocked(`${subject} ${refusals[first]}.`);
}

function blocked(message: string): OutboundError {
  const failure = problem(
    'BLOCKED_ADDRESS',
    message,
    'IntraLLM Connections never connects there. Private networks are allowed; cloud metadata, link-local addresses and its own address are not.',
  );
  return new OutboundError('ADDRESS', failure);
}

function secure(socket: Socket, target: Target, secureContext: SecureContext, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolveSocket, reject) => {
    const encrypted = connectTls({
      socket,
      secureContext,
      host: target.hostname,
      // RFC 6066, section 3: the server name is never an IP address.
      servername: isIP(target.hostname) ? '' : target.hostname,
      ALPNProtocols: ['http/1.1'],
    });
    const onAbort = () => {
      encrypted.destroy();
      socket.destroy();
      reject(signal.reason as Error);
    };
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    encrypted.once('error', (error: Error) => {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      reject(error);
    });
    encrypted.once('secureConnect', () => {
      signal.removeEventListener('abort', onAbort);
      resolveSocket(encrypted);
    });
  });
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolvePromise, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolvePromise, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
