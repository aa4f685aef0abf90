import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/**
 * Knows for each connection whether answers are still to be written on it. A client may send a request that takes the
 * connection over (an upgrade, CONNECT) before it has the answers to earlier requests: such a request has to wait until
 * they are written.
 */
export class EarlierAnswers {
  /** Answers go out in the order of their requests, so the last one is the one to wait for. */
  readonly #last = new WeakMap<Duplex, ServerResponse>();

  constructor(server: Server) {
    server.prependListener('request', ({ socket }: IncomingMessage, answer: ServerResponse) => {
      this.#last.set(socket, answer);
    });
    server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
      socket.on('error', () => socket.destroy());
      this.after(socket, () => socket.end(NO_TUNNELS));
    });
  }

  /**
   * Calls back when the earlier answers are written: at once if there are none, never if the connection closes first.
   */
  after(socket: Duplex, goOn: () => void): void {
    const last = this.#last.get(socket);
    if (last === undefined || last.writableFinished || last.destroyed) {
      goOn();
      return;
    }
    // Node has removed its listeners from the connection: an answer that waits for 'drain' would wait for ever.
    const onDrain = (): void => {
      (socket as { _httpMessage?: ServerResponse })._httpMessage?.emit('drain');
    };
    socket.on('drain', onDrain);
    last.once('close', () => {
      socket.off('drain', onDrain);
      // Node gave it the timeout of a connection that waits for requests, and would close it after a while.
      if ('setTimeout' in socket) (socket as Duplex & { setTimeout(ms: number): void }).setTimeout(0);
      if (last.writableFinished && !socket.destroyed && socket.writable) goOn();
    });
  }
}

const NO_TUNNELS = [
  'HTTP/1.1 405 Method Not Allowed',
  'Allow: GET, HEAD, POST, DELETE',
  'Content-Length: 0',
  'Connection: close',
  '\r\n',
].join('\r\n');
