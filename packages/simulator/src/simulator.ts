import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { createCertificate } from './certificate.js';
import type { Profile } from './profile.js';
import { getProfile } from './profiles/index.js';
import type { ReceivedRequest } from './requests/request-log.js';
import type { Control } from './serving/control.js';
import { SimulatedEndpoint } from './serving/endpoint.js';

export interface SimulatorOptions {
  /** An id or nickname of `profiles`, or a profile of one's own. */
  readonly profile: string | Profile;
  /** Default 0: a free one. */
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Demanded as the profile's server would; null: none, also where the profile has one. Default: the profile's. */
  readonly key?: string | null;
  /** Replaces the profile's models. */
  readonly models?: readonly string[];
  /** Replaces parts of the profile. */
  readonly overrides?: Partial<Profile>;
}

/** One endpoint that runs. */
export interface Simulator {
  /** The base URL that an administrator would enter: `http://127.0.0.1:41234/v1`. */
  readonly url: string;
  readonly origin: string;
  readonly port: number;
  readonly profile: Profile;
  /** What it received, oldest first: the last 1,000, with at most 64 MB of bodies. */
  readonly requests: readonly ReceivedRequest[];
  readonly control: Control;
  /** The first request, past or coming, that fits; rejects after `timeoutMs` (default 5,000). */
  waitForRequest(predicate?: (request: ReceivedRequest) => boolean, timeoutMs?: number): Promise<ReceivedRequest>;
  clearRequests(): void;
  /** Stops at once, breaking what is open. */
  close(): Promise<void>;
}

/** Starts an endpoint on loopback. Rejects when the profile is unknown or the port taken. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const profile = resolveProfile(options);
  const host = options.host ?? '127.0.0.1';
  const listener = await Listener.start(profile, host, options.port ?? 0, (request, response) => {
    endpoint.serve(request, response, request.url ?? '/');
  });
  const endpoint = new SimulatedEndpoint(profile, { key: options.key, models: options.models }, listener);
  return describeSimulator(endpoint, listener.origin, listener.port, '', () => listener.close());
}

/** The simulator that an endpoint is to its user, under a path of some origin. */
export function describeSimulator(
  endpoint: SimulatedEndpoint,
  origin: string,
  port: number,
  prefix: string,
  close: () => Promise<void>,
): Simulator {
  return {
    url: `${origin}${prefix}${endpoint.profile.base}`,
    origin,
    port,
    profile: endpoint.profile,
    requests: endpoint.log.requests,
    control: endpoint.control,
    waitForRequest: (predicate = () => true, timeoutMs = 5_000) => endpoint.log.waitFor(predicate, timeoutMs),
    clearRequests: () => endpoint.log.clear(),
    close,
  };
}

export function resolveProfile({ profile, overrides }: Pick<SimulatorOptions, 'profile' | 'overrides'>): Profile {
  return { ...(typeof profile === 'string' ? getProfile(profile) : profile), ...overrides };
}

/** A listening socket that can go away and come back on the same port. */
export class Listener {
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly host: string,
    readonly port: number,
    readonly origin: string,
  ) {
    server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
  }

  static async start(
    profile: Pick<Profile, 'tls'>,
    host: string,
    port: number,
    handle: RequestListener,
  ): Promise<Listener> {
    const timing = { requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 60_000, maxHeaderSize: 65_536 };
    const server =
      profile.tls === undefined
        ? createHttpServer(timing, handle)
        : createHttpsServer({ ...timing, ...createCertificate(profile.tls) }, handle);
    await listen(server, host, port);
    const { port: actual } = server.address() as AddressInfo;
    const name = host.includes(':') ? `[${host}]` : host;
    const scheme = profile.tls === undefined ? 'http' : 'https';
    return new Listener(server, host, actual, `${scheme}://${name}:${actual}`);
  }

  async down(): Promise<void> {
    const closed = this.server.listening ? once(this.server, 'close') : Promise.resolve();
    this.server.close();
    for (const socket of this.sockets) socket.resetAndDestroy();
    await closed;
  }

  async up(): Promise<void> {
    if (!this.server.listening) await listen(this.server, this.host, this.port);
  }

  async close(): Promise<void> {
    await this.down();
  }
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  const listening = once(server, 'listening');
  server.listen(port, host);
  await listening;
}
