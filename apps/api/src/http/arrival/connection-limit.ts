import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Logger } from '../../log/logger.js';

const TELL_EACH_MS = 60_000;
/** With fewer connections than this, a busy office may run out of them. */
const FEW_CONNECTIONS = 1_000;

interface Options {
  /** Connections in all. Node refuses every further one at once. */
  readonly most: number;
  /** How many files the system lets the process have open, for the log; null: not known. */
  readonly openFiles: number | null;
  readonly logger: Logger;
}

/**
 * Keeps places for callers with a valid credential. A connection is a stranger's until a request on it has shown one.
 * When nearly all places are taken, each newcomer gets the place of the stranger that has been idle for longest; if
 * none is idle, of the one whose answer has taken longest so far. Connections of known callers are never closed for a
 * newcomer.
 */
export class ConnectionLimit {
  /** In the order in which they came, or became strangers or idle. */
  readonly #idle = new Set<Socket>();
  readonly #busy = new Set<Socket>();
  readonly #seen = new WeakSet<Socket>();
  #connections = 0;
  #closed = 0;
  /** On the clock of `performance.now()`. */
  #toldAt = -Infinity;

  constructor(
    server: Server,
    private readonly options: Options,
  ) {
    const { most } = options;
    server.maxConnections = most;
    server.on('connection', (socket: Socket) => this.#came(socket));
    server.prependListener('request', ({ socket }: IncomingMessage, answer: ServerResponse) => {
      if (!this.#idle.delete(socket)) return;
      this.#busy.add(socket);
      answer.once('close', () => {
        if (this.#busy.delete(socket) && !socket.destroyed) this.#idle.add(socket);
      });
    });
  }

  /** Logs how many connections there may be. */
  announce(): void {
    const { most, openFiles, logger } = this.options;
    const told = `callers may have ${String(most)} connections open together`;
    if (most >= FEW_CONNECTIONS) logger.info({ openFiles }, told);
    else logger.warn({ openFiles }, `${told}: the system lets this process open few files. Raise it with ulimit -n`);
  }

  /** Connections of strangers that were closed to make room. */
  get closed(): number {
    return this.#closed;
  }

  /** To be called when a request on this connection has shown a valid credential. */
  know(socket: Socket): void {
    if (!this.#idle.delete(socket)) this.#busy.delete(socket);
  }

  #came(socket: Socket): void {
    // A connection comes a second time when it is given back after an offer of another protocol.
    if (this.#seen.has(socket)) return;
    this.#seen.add(socket);
    this.#connections += 1;
    this.#idle.add(socket);
    socket.once('close', () => {
      this.#connections -= 1;
      this.#idle.delete(socket);
      this.#busy.delete(socket);
    });
    if (this.#connections > this.options.most - this.#spare) this.#closeOne(socket);
  }

  /** Places that stay free, so that a newcomer is let in before another one is closed. */
  get #spare(): number {
    return Math.max(1, Math.floor(this.options.most / 50));
  }

  #closeOne(newcomer: Socket): void {
    for (const strangers of [this.#idle, this.#busy]) {
      for (const stranger of strangers) {
        if (stranger === newcomer) continue;
        strangers.delete(stranger);
        this.#closed += 1;
        stranger.destroy();
        this.#tell();
        return;
      }
    }
  }

  #tell(): void {
    const now = performance.now();
    if (now - this.#toldAt < TELL_EACH_MS) return;
    this.#toldAt = now;
    this.options.logger.warn(
      { connections: this.#connections, most: this.options.most, closed: this.#closed },
      'nearly all connections are taken: those that have shown no credential are closed to make room',
    );
  }
}
