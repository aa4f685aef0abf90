import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import { responseHeaders } from './forwarded-headers.js';

/** How an answer that went to the caller ended. */
export type Outcome = 'complete' | 'upstream-error' | 'truncated' | 'client-abort';

/** What a request to one endpoint came to. */
export type AttemptResult =
  /** The answer went to the caller, as far as it came. */
  | { readonly kind: 'passed'; readonly status: number; readonly outcome: Outcome }
  /** An answer after which another endpoint may be asked. Nothing of it went to the caller. */
  | { readonly kind: 'declined'; readonly status: number; readonly answer: KeptAnswer }
  /** No answer began. */
  | { readonly kind: 'failed'; readonly error: Error }
  /** The caller went away before an answer began. */
  | { readonly kind: 'left' };

/** A short answer in memory. */
export interface KeptAnswer {
  readonly headers: IncomingHttpHeaders;
  /** Null: it was too long, or cut. */
  readonly body: Buffer | null;
}

/** Answers after which another endpoint may be asked: see docs/gateway.md. */
const mayAskAnother = (status: number): boolean =>
  status === 401 ||
  status === 403 ||
  status === 429 ||
  (status >= 300 && status < 400) ||
  (status >= 502 && status <= 504);

/** What is kept of such an answer to be given to the caller if nobody has a better one. */
const KEPT = { longestBytes: 256 * 1024, withinMs: 1_000 };

const STREAM_HEADERS = { 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' };
const CALLER_LEFT = new Error('the caller went away');
const TOO_MUCH = new Error('the answer is too long to be kept');

/**
 * One request to one endpoint. Its answer is written to the caller as it comes, byte by byte, with backpressure; one after
 * which another endpoint may be asked is kept instead. The endpoint's cut becomes a cut, never a clean end.
 */
export class Attempt implements Dispatcher.DispatchHandler {
  readonly result: Promise<AttemptResult>;
  #settle!: (result: AttemptResult) => void;
  #controller: Dispatcher.DispatchController | null = null;
  #status = 0;
  #kept: { readonly headers: IncomingHttpHeaders; chunks: Buffer[] | null; size: number } | null = null;
  #patience: NodeJS.Timeout | null = null;
  #flush: NodeJS.Immediate | null = null;
  #hasLeft = false;
  readonly #onClose = (): void => {
    if (this.answer.writableFinished) return;
    this.#hasLeft = true;
    this.#controller?.abort(CALLER_LEFT);
    // Nobody waits for a connection that is still being made.
    if (this.#controller === null) this.#end({ kind: 'left' });
  };
  readonly #onDrain = (): void => this.#controller?.resume();

  /** `extra` are headers that win over those of the endpoint. */
  constructor(
    private readonly answer: ServerResponse,
    private readonly extra: Readonly<Record<string, string>>,
  ) {
    this.result = new Promise((resolve) => (this.#settle = resolve));
    answer.once('close', this.#onClose);
    if (answer.destroyed) this.#onClose();
  }

  /** Whether an answer of the endpoint is being written to the caller. */
  get isPassing(): boolean {
    return this.#status !== 0 && this.#kept === null;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#hasLeft) controller.abort(CALLER_LEFT);
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return;
    this.#status = status;
    if (mayAskAnother(status)) {
      this.#kept = { headers, chunks: [], size: 0 };
      // What is left of a short answer is read, so that its connection can serve again; nobody waits for more.
      this.#patience = setTimeout(() => this.#controller?.abort(TOO_MUCH), KEPT.withinMs);
      // What it says of our key, or of another address, is for nobody.
      if (status < 429) this.#settle({ kind: 'declined', status, answer: { headers, body: null } });
      return;
    }
    const passed = Object.assign(responseHeaders(headers), this.extra);
    // Proxies in front of us must not collect or change a stream's frames.
    if (headers['content-type']?.startsWith('text/event-stream') === true) Object.assign(passed, STREAM_HEADERS);
    const { answer } = this;
    answer.writeHead(status, passed);
    answer.on('drain', this.#onDrain);
    // The head travels with the first bytes where they are there already, and does not wait for them where not.
    if (headers['content-length'] === undefined) this.#flush = setImmediate(() => answer.flushHeaders());
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const kept = this.#kept;
    if (kept === null) {
      if (!this.answer.write(chunk)) controller.pause();
      return;
    }
    kept.size += chunk.length;
    if (kept.size > KEPT.longestBytes) controller.abort(TOO_MUCH);
    else kept.chunks?.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#kept !== null) {
      this.#decline();
      return;
    }
    this.answer.end();
    this.#end({
      kind: 'passed',
      status: this.#status,
      outcome: this.#status >= 400 ? 'upstream-error' : 'complete',
    });
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.#hasLeft) {
      this.#end(this.isPassing ? { kind: 'passed', status: this.#status, outcome: 'client-abort' } : { kind: 'left' });
    } else if (this.#kept !== null) {
      this.#kept.chunks = null;
      this.#decline();
    } else if (this.#status === 0) this.#end({ kind: 'failed', error });
    else {
      // The caller hears of a cut by the cut itself.
      this.answer.destroy();
      this.#end({ kind: 'passed', status: this.#status, outcome: 'truncated' });
    }
  }

  #decline(): void {
    const { headers = {}, chunks = null, size = 0 } = this.#kept ?? {};
    const body = chunks === null ? null : Buffer.concat(chunks, size);
    this.#end({ kind: 'declined', status: this.#status, answer: { headers, body } });
  }

  #end(result: AttemptResult): void {
    this.answer.off('close', this.#onClose);
    this.answer.off('drain', this.#onDrain);
    if (this.#flush !== null) clearImmediate(this.#flush);
    if (this.#patience !== null) clearTimeout(this.#patience);
    this.#settle(result);
  }
}
