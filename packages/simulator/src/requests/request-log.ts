import type { IncomingHttpHeaders } from 'node:http';

/** `cut`: the simulator itself broke the connection. */
export type Outcome = 'answered' | 'aborted' | 'cut';

export interface ReceivedRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly at: Date;
  /** The client went away before it had its whole answer. */
  readonly aborted: boolean;
  /** Settles when the exchange is over, whichever way. */
  readonly closed: Promise<Outcome>;
}

interface Waiter {
  readonly predicate: (request: ReceivedRequest) => boolean;
  readonly resolve: (request: ReceivedRequest) => void;
}

const MAX_REQUESTS = 1_000;
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** The latest requests: at most 1,000, with at most 64 MB of bodies. */
export class RequestLog {
  readonly requests: ReceivedRequest[] = [];
  private readonly waiters = new Set<Waiter>();
  private bodyBytes = 0;

  add(request: ReceivedRequest): void {
    this.requests.push(request);
    this.bodyBytes += request.body.length;
    while (this.requests.length > MAX_REQUESTS || (this.bodyBytes > MAX_BODY_BYTES && this.requests.length > 1)) {
      this.bodyBytes -= this.requests.shift()?.body.length ?? 0;
    }
    for (const waiter of this.waiters) {
      if (waiter.predicate(request)) waiter.resolve(request);
    }
  }

  /** The first request, past or coming, that fits. Rejects after `timeoutMs`. */
  async waitFor(predicate: (request: ReceivedRequest) => boolean, timeoutMs: number): Promise<ReceivedRequest> {
    const known = this.requests.find(predicate);
    if (known !== undefined) return known;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiters.delete(waiter);
        reject(new Error(`No such request within ${timeoutMs} ms; ${this.requests.length} others came.`));
      }, timeoutMs);
      const waiter: Waiter = {
        predicate,
        resolve: (request) => {
          clearTimeout(timer);
          this.waiters.delete(waiter);
          resolve(request);
        },
      };
      this.waiters.add(waiter);
    });
  }

  clear(): void {
    this.requests.length = 0;
    this.bodyBytes = 0;
  }
}
