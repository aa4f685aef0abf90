import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Outcome, ReceivedRequest } from '../requests/request-log.js';

/** One request and its answer, from the moment its body is read. */
export class Exchange implements ReceivedRequest {
  readonly method: string;
  /** Without the query, undecoded. */
  readonly pathname: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly rawHeaders: readonly string[];
  readonly at = new Date();
  readonly closed: Promise<Outcome>;
  body: Buffer = Buffer.alloc(0);
  aborted = false;
  private outcome: Outcome | undefined;
  private readonly leaving = new AbortController();

  constructor(
    readonly path: string,
    private readonly request: IncomingMessage,
    readonly response: ServerResponse,
  ) {
    this.method = request.method ?? 'GET';
    // Not resolved against a base: "//api/tags" would become a host.
    const [pathname = '/', query = ''] = path.split(/\?(.*)/s);
    this.pathname = pathname;
    this.query = new URLSearchParams(query);
    this.headers = request.headers;
    this.rawHeaders = request.rawHeaders;
    this.closed = new Promise((resolve) => {
      response.once('close', () => {
        this.outcome ??= response.writableFinished ? 'answered' : 'aborted';
        this.aborted = this.outcome === 'aborted';
        this.leaving.abort();
        resolve(this.outcome);
      });
    });
  }

  get socket(): IncomingMessage['socket'] {
    return this.request.socket;
  }

  /** Aborted as soon as the exchange is over. */
  get over(): AbortSignal {
    return this.leaving.signal;
  }

  async readBody(): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of this.request) parts.push(part as Buffer);
    this.body = Buffer.concat(parts);
  }

  /** Rejects when the client leaves meanwhile. */
  async wait(ms: number): Promise<void> {
    if (ms > 0) await sleep(ms, undefined, { signal: this.over });
  }

  /** Waits until the exchange is over. */
  async hold(): Promise<void> {
    await this.closed;
  }

  /** Ends the connection from our side. */
  cut(how: 'reset' | 'end'): void {
    this.outcome ??= how === 'reset' ? 'cut' : 'answered';
    if (how === 'end') this.socket.end();
    else if ('encrypted' in this.socket) this.socket.destroy();
    else this.socket.resetAndDestroy();
  }
}
