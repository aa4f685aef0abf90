import { existsSync } from 'node:fs';
import { KINDS } from '../kinds/kinds.js';
import type { Problem } from '../provider.js';
import { errorCode, OutboundError, problem, type OutboundPhase } from './outbound-error.js';

export interface Target {
  readonly hostname: string;
  readonly port: number;
}

/** Turns whatever a resolver, a socket or TLS threw into a problem an administrator can act on. */
export function connectError(phase: OutboundPhase, target: Target, cause: unknown): OutboundError {
  if (cause instanceof OutboundError) return cause;
  const describe = { ADDRESS: dnsProblem, CONNECT: socketProblem, TLS: tlsProblem, ANSWER: socketProblem }[phase];
  return new OutboundError(phase, describe(target, cause), { cause });
}

/** The connection was not made in time. */
export function connectTimeout(phase: OutboundPhase, target: Target, timeoutMs: number): OutboundError {
  const seconds = formatSeconds(timeoutMs);
  const texts: Record<OutboundPhase, [string, string]> = {
    ADDRESS: [
      `The name ${target.hostname} was not resolved within ${seconds}.`,
      'The DNS server of this machine does not answer. Try the IP address instead.',
    ],
    CONNECT: [
      `No connection to ${hostAndPort(target)} within ${seconds}.`,
      'The machine may be off, or a firewall drops the packets. Check the address and the port.',
    ],
    TLS: [
      `${hostAndPort(target)} accepts connections but does not begin an encrypted one.`,
      'The server may be overloaded or speak something else there. If it speaks plain http, write http:// in the URL.',
    ],
    ANSWER: [`No answer from ${hostAndPort(target)} within ${seconds}.`, 'The server may be overloaded or hang.'],
  };
  const [message, hint] = texts[phase];
  return new OutboundError(phase, problem('TIMEOUT', message, hint));
}

export function targetOf(url: URL): Target {
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  return { hostname: url.hostname.replace(/^\[|\]$/g, ''), port };
}

export function hostAndPort({ hostname, port }: Target): string {
  return `${hostname.includes(':') && !hostname.startsWith('[') ? `[${hostname}]` : hostname}:${port}`;
}

export function formatSeconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${Number((ms / 1000).toFixed(1))} s`;
}

function dnsProblem({ hostname }: Target, cause: unknown): Problem {
  const code = errorCode(cause);
  if (code === 'EAI_AGAIN' || code === 'EAI_FAIL') {
    return problem(
      'DNS',
      `The name ${hostname} could not be resolved just now (${code}).`,
      'The DNS server of this machine does not answer. Is it online?',
    );
  }
  const hint = hostname.endsWith('.local')
    ? 'Names ending in .local need multicast DNS on this machine. Try the IP address instead.'
    : hostname.includes('.')
      ? 'Check the spelling. A name inside your network must be known to the DNS server of this machine.'
      : 'Check the spelling, write the full name, or try the IP address. In a container only service names of its own network are known.';
  return problem('DNS', `The name ${hostname} is not known.`, hint);
}

function socketProblem(target: Target, cause: unknown): Problem {
  const where = hostAndPort(target);
  switch (errorCode(cause)) {
    case 'ECONNREFUSED':
      return problem('CONNECTION_REFUSED', `Connection refused at ${where}.`, refusedHint(target));
    case 'EHOSTUNREACH':
    case 'EHOSTDOWN':
      return problem(
        'CONNECTION_REFUSED',
        `The machine at ${where} cannot be reached.`,
        'It may be off, or a firewall rejects the connection.',
      );
    case 'ENETUNREACH':
    case 'EADDRNOTAVAIL':
      return problem(
        'CONNECTION_REFUSED',
        `There is no route to ${where}.`,
        'Check the address, and the network of this machine.',
      );
    case 'ETIMEDOUT':
      return problem(
        'TIMEOUT',
        `No connection to ${where}.`,
        'The machine may be off, or a firewall drops the packets. Check the address and the port.',
      );
    case 'ECONNRESET':
    case 'EPIPE':
      return problem(
        'CONNECTION_RESET',
        `The connection to ${where} was reset.`,
        'The server or something between closed it. Is it the right port?',
      );
    case 'EMFILE':
    case 'ENFILE':
      return problem(
        'OTHER',
        'This machine has no file handle left for another connection.',
        'Raise the limit of open files (ulimit -n).',
      );
    default:
      return problem('OTHER', `The connection to ${where} failed${suffix(cause)}.`);
  }
}

function refusedHint({ hostname, port }: Target): string {
  const isLoopback = /^(localhost\.?|127\.[\d.]+|\[?::1\]?)$/.test(hostname);
  if (isLoopback && isInContainer()) {
    return 'IntraLLM Connections runs in a container, where this address means the container itself. Try host.docker.internal, or the IP address of the machine.';
  }
  const started = 'The machine answers, but nothing listens on this port. Is the server started?';
  const listening = Object.values(KINDS).find(({ loopbackByDefault }) => loopbackByDefault?.port === port);
  return !isLoopback && listening?.loopbackByDefault ? `${started} ${listening.loopbackByDefault.hint}` : started;
}

let inContainer: boolean | undefined;
function isInContainer(): boolean {
  inContainer ??= existsSync('/.dockerenv') || existsSync('/run/.containerenv');
  return inContainer;
}

const UNTRUSTED =
  "The certificate was not issued by an authority this machine knows. Put the authority's certificate into the file named by INTRALLM_CA_FILE.";

const TLS_PROBLEMS: Readonly<Record<string, readonly [string, string]>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: [
    'shows a self-signed certificate',
    'Put this certificate into the file named by INTRALLM_CA_FILE to trust it.',
  ],
  SELF_SIGNED_CERT_IN_CHAIN: ['shows a certificate of an unknown authority', UNTRUSTED],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    'does not send its whole certificate chain',
    `Let the server send the intermediate certificate too. ${UNTRUSTED}`,
  ],
  UNABLE_TO_GET_ISSUER_CERT: ['shows a certificate of an unknown authority', UNTRUSTED],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ['shows a certificate of an unknown authority', UNTRUSTED],
  CERT_HAS_EXPIRED: [
    'shows a certificate that has expired',
    'Renew the certificate of the server, and check the clock of this machine.',
  ],
  CERT_NOT_YET_VALID: [
    'shows a certificate that is not valid yet',
    'Check the clocks of the server and of this machine.',
  ],
  CERT_REVOKED: ['shows a certificate that was revoked', 'Give the server a new certificate.'],
};

function tlsProblem(target: Target, cause: unknown): Problem {
  const where = hostAndPort(target);
  const code = errorCode(cause);
  const known = TLS_PROBLEMS[code];
  if (known) return problem('TLS', `${where} ${known[0]}.`, known[1]);
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return wrongNameProblem(where, target, cause);
  if (
    code === 'ERR_SSL_WRONG_VERSION_NUMBER' ||
    code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG' ||
    code === 'ERR_SSL_HTTP_REQUEST'
  ) {
    return problem('TLS', `${where} does not speak TLS.`, 'It seems to speak plain http. Write http:// in the URL.');
  }
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    return problem(
      'TLS',
      `${where} closed the connection before it was encrypted.`,
      'If the server speaks plain http, write http:// in the URL.',
    );
  }
  return problem(
    'TLS',
    `No encrypted connection to ${where}${suffix(cause)}.`,
    'The server may want a client certificate or an outdated version of TLS.',
  );
}

function wrongNameProblem(where: string, { hostname }: Target, cause: unknown): Problem {
  const names = certificateNames(cause);
  const message = `${where} shows a certificate for another name${names ? ` (${names})` : ''}.`;
  return problem('TLS', message, `Use the name in the certificate, or give the server one for ${hostname}.`);
}

function certificateNames(cause: unknown): string | null {
  if (typeof cause !== 'object' || cause === null || !('cert' in cause)) return null;
  const { cert } = cause;
  if (typeof cert !== 'object' || cert === null || !('subjectaltname' in cert)) return null;
  return typeof cert.subjectaltname === 'string' ? cert.subjectaltname.replaceAll('DNS:', '').slice(0, 120) : null;
}

function suffix(cause: unknown): string {
  const code = errorCode(cause);
  return code ? ` (${code})` : '';
}
