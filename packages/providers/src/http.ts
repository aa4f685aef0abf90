// THE outbound client. Every connection passes the address policy at the moment of connecting, redirects are never
// followed, and every failure is an OutboundError whose problem an administrator understands. Nothing else in this
// package opens sockets.
import { rootCertificates, createSecureContext, type SecureContext } from 'node:tls';
import { request as undiciRequest, type Agent, type Dispatcher } from 'undici';
import { createAddressPolicy, type AddressPolicy, type AddressPolicyOptions } from './address-policy.js';
import { HOP_HEADER } from './hop-header.js';
import { answerError, redirectError, totalTimeout } from './outbound/answer-problem.js';
import { createGuardedConnector, type ConnectionReport } from './outbound/guarded-connector.js';
import { parseProxy, type OutboundProxy } from './outbound/proxy-tunnel.js';
import { readBody } from './outbound/read-body.js';
import { ReceivedResponse, type OutboundResponse, type ResponseHead } from './outbound/received-response.js';
import { ConnectionUse, createAgentPair, RepeatingAgent, type AgentPair } from './outbound/reused-connection.js';

export type { OutboundResponse, ResponseHead } from './outbound/received-response.js';

export interface OutboundClientOptions extends AddressPolicyOptions {
  /** HTTP proxy for public hosts, `http://[user:password@]host:port`. Private addresses are always reached directly. */
  readonly proxyUrl?: string;
  /** PEM certificates of authorities to trust beside those that Node.js brings. */
  readonly ca?: string;
  /** Sent with every request. Default: `USER_AGENT`. */
  readonly userAgent?: string;
  /**
   * Sent with every request of this client as `x-intrallm-hop`, so that its sender knows a request that comes back to
   * it.
   */
  readonly hop?: string;
}

/** How we name ourselves to endpoints. */
export const USER_AGENT = 'IntraLLM-Connections';

/** How long each part of a request may take, in milliseconds. */
export interface Deadlines {
  readonly connectMs: number;
  /** From sending the request to the first byte of the answer. */
  readonly firstByteMs: number;
  /** Between two parts of the body. */
  readonly idleMs: number;
  /** Everything together. */
  readonly totalMs: number;
}

export const DEFAULT_DEADLINES: Deadlines = { connectMs: 5_000, firstByteMs: 10_000, idleMs: 10_000, totalMs: 15_000 };
/** A catalogue of ten thousand described models is about 20 MB. */
export const MAX_BODY_BYTES = 32 * 1024 * 1024;
/** Words of an error stand at its beginning. */
const MAX_ERROR_BYTES = 64 * 1024;
export const MAX_HEADER_BYTES = 64 * 1024;

export interface OutboundRequest {
  readonly url: string;
  /** Default: GET. */
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly deadlines?: Partial<Deadlines>;
  /** Default: 32 MB. Of an error no more than 64 KB is read. */
  readonly maxBodyBytes?: number;
  /** Whether the body is to be left unread, by the head of the answer. */
  readonly skipsBody?: (head: ResponseHead) => boolean;
  /** Asked once, before more than 1 MB of a body is kept: reading goes on when it resolves. */
  readonly beforeLarge?: (signal: AbortSignal) => Promise<void>;
  /** Aborting it rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** Requests over connections of their own, so that what connecting took and where it led can be told. */
export interface OutboundSession {
  /** Of the first connection; null until one stands. */
  readonly connection: ConnectionReport | null;
  /** Rejects with an OutboundError, also for a redirect; any other status is a response. */
  request(request: OutboundRequest): Promise<OutboundResponse>;
  /** Abandons what still runs. */
  close(): Promise<void>;
}

export interface OutboundClient {
  /** One request over a pooled connection. Rejects as a session's does. */
  request(request: OutboundRequest): Promise<OutboundResponse>;
  /** Close it after use. Opens at most 4 connections; `connectMs` defaults to 5,000. */
  openSession(options?: { readonly connectMs?: number }): OutboundSession;
  close(): Promise<void>;
}

/** Throws a TypeError that names the entry if a network or the proxy's URL is malformed. */
export function createOutboundClient(options: OutboundClientOptions = {}): OutboundClient {
  const shared = sharedSettings(options);
  const own = {
    'user-agent': options.userAgent ?? USER_AGENT,
    ...(options.hop === undefined ? {} : { [HOP_HEADER]: options.hop }),
  };
  const agents = createAgentPair(agentOptions(shared, { ...DEFAULT_DEADLINES, connections: 16 }));
  return {
    request: (request) => send(request, { agents, own, connection: () => null }),
    openSession: ({ connectMs = DEFAULT_DEADLINES.connectMs } = {}) => openSession(shared, own, connectMs),
    close: () => destroyPair(agents),
  };
}

export interface GuardedAgentSettings {
  /** Default: 5,000. */
  readonly connectMs?: number;
  /** Default: 0, no limit: the gateway's callers decide how long an answer may take. */
  readonly firstByteMs?: number;
  /** Default: 0, no limit. */
  readonly idleMs?: number;
  /** Connections to one origin. Default: no limit. */
  readonly connections?: number;
  /** How long an unused connection is kept. Default: 4,000. */
  readonly keepAliveMs?: number;
}

/**
 * An undici dispatcher under the same address policy, proxy and certificate authorities as the client, for streaming
 * answers through. It follows no redirect. Connections fail with OutboundError. A request whose reused connection was
 * closed without one byte of an answer is made once more over a new one.
 */
export function createGuardedAgent(options: OutboundClientOptions = {}, settings: GuardedAgentSettings = {}): Agent {
  const all = { ...DEFAULT_DEADLINES, firstByteMs: 0, idleMs: 0, ...settings };
  return new RepeatingAgent(agentOptions(sharedSettings(options), all));
}

interface SharedSettings {
  readonly policy: AddressPolicy;
  readonly proxy: OutboundProxy | null;
  readonly secureContext: SecureContext;
}

function sharedSettings(options: OutboundClientOptions): SharedSettings {
  return {
    policy: createAddressPolicy(options),
    proxy: options.proxyUrl === undefined ? null : parseProxy(options.proxyUrl),
    secureContext: createSecureContext(options.ca === undefined ? {} : { ca: [...rootCertificates, options.ca] }),
  };
}

interface AgentSettings extends GuardedAgentSettings {
  readonly connectMs: number;
  readonly signal?: AbortSignal;
  readonly onConnected?: (report: ConnectionReport) => void;
}

function agentOptions(shared: SharedSettings, settings: AgentSettings): Agent.Options {
  const { connectMs, firstByteMs = 0, idleMs = 0, connections, keepAliveMs, ...hooks } = settings;
  return {
    connect: createGuardedConnector({ ...shared, connectTimeoutMs: connectMs, ...hooks }),
    connections: connections ?? null,
    headersTimeout: firstByteMs,
    bodyTimeout: idleMs,
    maxHeaderSize: MAX_HEADER_BYTES,
    ...(keepAliveMs === undefined ? {} : { keepAliveTimeout: keepAliveMs }),
  };
}

async function destroyPair({ pooled, fresh }: AgentPair): Promise<void> {
  await Promise.all([pooled.destroy(), fresh.destroy()]);
}

function openSession(shared: SharedSettings, own: Sender['own'], connectMs: number): OutboundSession {
  const closing = new AbortController();
  let connection: ConnectionReport | null = null;
  const onConnected = (report: ConnectionReport) => {
    connection ??= report;
  };
  const settings = { ...DEFAULT_DEADLINES, connectMs, connections: 4, keepAliveMs: 30_000 };
  const agents = createAgentPair(agentOptions(shared, { ...settings, signal: closing.signal, onConnected }));
  return {
    get connection() {
      return connection;
    },
    request: (request) => send(request, { agents, own, connection: () => connection }),
    close: async () => {
      closing.abort(new Error('The session was closed.'));
      await destroyPair(agents);
    },
  };
}

interface Sender {
  readonly agents: AgentPair;
  /** Headers of every request. */
  readonly own: Readonly<Record<string, string>>;
  connection(): ConnectionReport | null;
}

async function send(request: OutboundRequest, sender: Sender): Promise<OutboundResponse> {
  const deadlines = { ...DEFAULT_DEADLINES, ...request.deadlines };
  const url = new URL(request.url);
  const deadline = AbortSignal.timeout(deadlines.totalMs);
  const signal = request.signal ? AbortSignal.any([deadline, request.signal]) : deadline;
  const startedAt = performance.now();
  let hasHead = false;
  try {
    const response = await sendOverEither(url, sender.agents, {
      method: request.method ?? 'GET',
      headers: {
        accept: 'application/json',
        'accept-encoding': 'identity',
        ...sender.own,
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...request.headers,
      },
      body: request.body ?? null,
      headersTimeout: deadlines.firstByteMs,
      bodyTimeout: deadlines.idleMs,
      signal,
    });
    hasHead = true;
    const sentAt = Math.max(startedAt, sender.connection()?.connectedAt ?? 0);
    const firstByteMs = performance.now() - sentAt;
    const headers = flatten(response.headers);
    if (response.statusCode >= 300 && response.statusCode < 400) {
      await response.body.dump({ limit: 16_384 });
      throw redirectError(url, response.statusCode, headers['location']);
    }
    const bytes = await bodyOf(response, headers, request, signal);
    const timing = { firstByteMs, totalMs: performance.now() - startedAt };
    return new ReceivedResponse(request.url, { status: response.statusCode, headers }, bytes, timing);
  } catch (error) {
    if (request.signal?.aborted) throw request.signal.reason;
    if (deadline.aborted) throw totalTimeout(url, deadlines.totalMs, hasHead);
    throw answerError(url, deadlines, error);
  }
}

/**
 * A reused connection that was closed without one byte of an answer says nothing of the endpoint: then over a new one.
 */
async function sendOverEither(
  url: URL,
  { pooled, fresh }: AgentPair,
  options: Omit<Dispatcher.RequestOptions, 'origin' | 'path'>,
): Promise<Dispatcher.ResponseData> {
  const use = new ConnectionUse();
  try {
    const noted = { ...options, dispatcher: pooled };
    use.noteFor(noted);
    return await undiciRequest(url, noted);
  } catch (error) {
    if (!use.wasClosedUnanswered(error)) throw error;
    return undiciRequest(url, { ...options, dispatcher: fresh });
  }
}

async function bodyOf(
  response: Dispatcher.ResponseData,
  headers: ResponseHead['headers'],
  request: OutboundRequest,
  signal: AbortSignal,
): Promise<Buffer> {
  const status = response.statusCode;
  if (request.skipsBody?.({ status, headers }) === true) {
    await response.body.dump({ limit: 16_384 });
    return Buffer.alloc(0);
  }
  const { maxBodyBytes = MAX_BODY_BYTES, beforeLarge } = request;
  const isError = status >= 400;
  return readBody(response, {
    maxBytes: isError ? Math.min(maxBodyBytes, MAX_ERROR_BYTES) : maxBodyBytes,
    cutsLonger: isError,
    ...(beforeLarge === undefined ? {} : { beforeLarge: () => beforeLarge(signal) }),
  });
}

function flatten(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    // Of one that came more than once the first counts, but each Link says something of its own (RFC 8288, section 3).
    const told = !Array.isArray(value) ? value : name.toLowerCase() === 'link' ? value.join(', ') : value[0];
    if (told !== undefined) flat[name.toLowerCase()] = told;
  }
  return flat;
}
