import type { AttemptResult } from '../forwarding/attempt-result.js';

/** Where an answer goes: the caller, or somebody who changes it on the way. */
export interface AnswerSink {
  readonly destroyed: boolean;
  readonly writableFinished: boolean;
  /** It has its end already: what else the endpoint sends is for nobody. */
  readonly writableEnded: boolean;
  readonly headersSent: boolean;
  on(event: 'close', listener: () => void): unknown;
  once(event: 'drain', listener: () => void): unknown;
  off(event: 'close' | 'drain', listener: () => void): unknown;
  writeHead(status: number, headers: string[]): unknown;
  /** The head goes out with this turn of the event loop: it waits no longer for the first bytes of the body. */
  flushHeaders(): void;
  /** False: no more until it has drained. */
  write(chunk: Buffer): boolean;
  end(last?: Buffer): unknown;
  destroy(): unknown;
}

/** Takes an endpoint's answer and gives the caller another one. */
export interface TranslatingSink extends AnswerSink {
  /** What the attempt came to for the caller. Rejects with what the caller is to be told by us instead. */
  judge(result: AttemptResult): Promise<AttemptResult>;
}
