// A server may close an idle connection at the very moment at which we reuse it: RFC 9112, section 9.3.1 and 9.5. Such
// a request was never looked at, so it is made once more over a connection of its own before it counts as a failure.
import type { Socket } from 'node:net';
import { Agent, Client, Pool, type Dispatcher } from 'undici';
import { errorCode } from './outbound-error.js';

/**
 * Where a request's options carry the record of the connection that it went by. undici hands options on as they are.
 */
const USE = Symbol('connection use');

/** How a closed connection is told, whoever closed it. */
const CLOSED = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'ECONNABORTED', 'EPIPE']);

/** The connection of a client, which has one at a time. */
interface Line {
  socket: Socket | null;
  /** Bytes that were read of it before its first request: the answer of a proxy to CONNECT. */
  readAtFirst: number;
}

/** Notes by which connection one request goes. */
export class ConnectionUse {
  #line: Line | null = null;
  #socket: Socket | null = null;
  #readBefore = 0;

  begin(line: Line): void {
    this.#line = line;
    this.#socket = line.socket;
    this.#readBefore = line.socket?.bytesRead ?? 0;
  }

  /** Whether the request failed because a connection that had served others was closed before one byte of an answer. */
  wasClosedUnanswered(error: unknown): boolean {
    const socket = this.#socket;
    if (socket === null || this.#line === null || !CLOSED.has(errorCode(error))) return false;
    // Another socket by now: this one was closed before the request was written, which went by a new one.
    if (this.#line.socket !== socket) return false;
    return this.#readBefore > this.#line.readAtFirst && socket.bytesRead === this.#readBefore;
  }

  /**
   * Has the connection of a request noted. Its options are written to: copying them would cost more than all the rest.
   */
  noteFor(options: object): void {
    (options as { [USE]?: ConnectionUse })[USE] = this;
  }
}

/** Tells each request's `ConnectionUse` which connection it goes by. */
class NotingClient extends Client {
  readonly #line: Line;

  constructor(origin: URL | string, options: Client.Options) {
    const line: Line = { socket: null, readAtFirst: 0 };
    const { connect } = options;
    if (typeof connect !== 'function') throw new TypeError('a guarded connection needs its connector');
    super(origin, {
      ...options,
      connect: (target, callback) => {
        connect(target, (...made) => {
          const [, socket] = made;
          line.socket = socket;
          line.readAtFirst = socket?.bytesRead ?? 0;
          callback(...made);
        });
      },
    });
    this.#line = line;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    (options as { [USE]?: ConnectionUse })[USE]?.begin(this.#line);
    return super.dispatch(options, handler);
  }
}

/** Two agents with the same settings: one that keeps connections, and one that makes each request over a new one. */
export interface AgentPair {
  readonly pooled: Agent;
  readonly fresh: Agent;
}

export function createAgentPair(settings: Agent.Options): AgentPair {
  return { pooled: new Agent({ ...settings, factory: createNotingPool }), fresh: createFreshAgent(settings) };
}

const createNotingPool = (origin: string | URL, options: Agent.Options): Pool =>
  new Pool(origin, { ...options, factory: (url, more) => new NotingClient(url, more) });

/** Without pipelining undici sends `connection: close`. */
const createFreshAgent = (settings: Agent.Options): Agent => new Agent({ ...settings, pipelining: 0 });

/**
 * An agent whose requests survive the close of an idle connection. A body that can be sent only once, such as a form
 * that is read from its sender meanwhile, goes by a new connection from the start.
 */
export class RepeatingAgent extends Agent {
  readonly #fresh: Agent;

  constructor(settings: Agent.Options) {
    super({ ...settings, factory: createNotingPool });
    this.#fresh = createFreshAgent(settings);
  }

  /** Of handlers of undici's older kind nothing is repeated. */
  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (!isRepeatable(options.body)) return this.#fresh.dispatch(options, handler);
    if (handler.onRequestStart === undefined) return super.dispatch(options, handler);
    const use = new ConnectionUse();
    use.noteFor(options);
    return super.dispatch(options, new FirstTry(handler, use, options, this.#fresh));
  }

  // undici's forms without a callback call the one with it, so these stand in for both.
  override close(): Promise<void>;
  override close(callback: () => void): void;
  override close(callback?: () => void): Promise<void> | void {
    if (callback === undefined) return new Promise((resolve) => this.close(resolve));
    super.close(() => void this.#fresh.close().then(callback));
  }

  override destroy(error?: Error | null): Promise<void>;
  override destroy(callback: () => void): void;
  override destroy(error: Error | null, callback: () => void): void;
  override destroy(first?: Error | null | (() => void), second?: () => void): Promise<void> | void {
    const error = typeof first === 'function' ? null : (first ?? null);
    const callback = typeof first === 'function' ? first : second;
    if (callback === undefined) return new Promise((resolve) => this.destroy(error, resolve));
    super.destroy(error, () => void this.#fresh.destroy(error).then(callback));
  }
}

/** Hands everything on but the failure that says only that an idle connection was closed. */
class FirstTry implements Dispatcher.DispatchHandler {
  constructor(
    private readonly handler: Dispatcher.DispatchHandler,
    private readonly use: ConnectionUse,
    private readonly options: Dispatcher.DispatchOptions,
    private readonly fresh: Agent,
  ) {}

  onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    this.handler.onRequestStart?.(controller, context);
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>[2],
    message?: string,
  ): void {
    this.handler.onResponseStart?.(controller, status, headers, message);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.handler.onResponseData?.(controller, chunk);
  }

  onResponseEnd(
    controller: Dispatcher.DispatchController,
    trailers: Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseEnd']>>[1],
  ): void {
    this.handler.onResponseEnd?.(controller, trailers);
  }

  onResponseError(controller: Dispatcher.DispatchController, error: Error): void {
    // Later: undici is still putting the closed connection away.
    if (this.use.wasClosedUnanswered(error)) queueMicrotask(() => void this.fresh.dispatch(this.options, this.handler));
    else this.handler.onResponseError?.(controller, error);
  }
}

/** Bytes that are there as a whole. */
const isRepeatable = (body: Dispatcher.DispatchOptions['body'] | readonly Buffer[]): boolean =>
  body === null || body === undefined || typeof body === 'string' || Buffer.isBuffer(body) || Array.isArray(body);
