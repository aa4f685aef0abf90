import type { ServerResponse } from 'node:http';
import type { AnswerSink } from './answer-sink.js';
import type { TurnEnd, Writer } from './turn-end.js';

/** What waits for the end of a turn before the sender is asked to wait, too. */
const FULL_BYTES = 16 * 1024;
/** Up to here pieces that came together are copied into one: that costs less than framing each by itself. */
const JOINED_BYTES = 64 * 1024;

/**
 * The answer to a caller. All that it is given in one turn of the event loop goes out together when the turn ends: the
 * head with the first bytes, and pieces that came together as one.
 */
export class CallerAnswer implements AnswerSink, Writer {
  #pieces: Buffer[] = [];
  #bytes = 0;
  /** For the end of the turn. */
  #isWaiting = false;
  #isEnded = false;
  #isCut = false;
  /** To be told when what waits has been taken. */
  #onDrain: (() => void) | null = null;

  constructor(
    private readonly answer: ServerResponse,
    private readonly turn: TurnEnd,
  ) {}

  get destroyed(): boolean {
    return this.#isCut || this.answer.destroyed;
  }

  get headersSent(): boolean {
    return this.answer.headersSent;
  }

  get writableEnded(): boolean {
    return this.#isEnded || this.answer.writableEnded;
  }

  get writableFinished(): boolean {
    return this.answer.writableFinished;
  }

  on(event: 'close', listener: () => void): void {
    this.answer.on(event, listener);
  }

  once(_event: 'drain', listener: () => void): void {
    if (this.#bytes === 0) this.answer.once('drain', listener);
    else this.#onDrain = listener;
  }

  off(event: 'close' | 'drain', listener: () => void): void {
    this.answer.off(event, listener);
    if (event === 'drain') this.#onDrain = null;
  }

  writeHead(status: number, headers: string[]): void {
    this.answer.writeHead(status, headers);
  }

  flushHeaders(): void {
    this.#wait();
  }

  write(chunk: Buffer): boolean {
    this.#pieces.push(chunk);
    this.#bytes += chunk.length;
    this.#wait();
    return this.#bytes < FULL_BYTES && !this.answer.writableNeedDrain;
  }

  end(last?: Buffer): void {
    if (last !== undefined) this.write(last);
    this.#isEnded = true;
    this.#wait();
  }

  /** What it was given before goes out first. */
  destroy(): void {
    if (this.#bytes === 0) this.answer.destroy();
    else this.#isCut = true;
  }

  writeOut(): void {
    const { answer } = this;
    const pieces = this.#takePieces();
    const last = pieces.pop();
    for (const piece of pieces) answer.write(piece);
    if (this.#isEnded) answer.end(last);
    else if (last === undefined) answer.flushHeaders();
    else this.#tellDrain(answer.write(last));
    // What is written here leaves the process after this, and would be lost with the connection.
    if (this.#isCut) setImmediate(() => answer.destroy());
  }

  #takePieces(): Buffer[] {
    const pieces = this.#pieces;
    const isJoined = pieces.length > 1 && this.#bytes <= JOINED_BYTES;
    const taken = isJoined ? [Buffer.concat(pieces, this.#bytes)] : pieces;
    this.#pieces = [];
    this.#bytes = 0;
    this.#isWaiting = false;
    return taken;
  }

  /** Somebody may have been asked to wait by `write`, which could not know how much is taken at once. */
  #tellDrain(isTaken: boolean): void {
    const onDrain = this.#onDrain;
    this.#onDrain = null;
    if (onDrain === null) return;
    if (isTaken) onDrain();
    else this.answer.once('drain', onDrain);
  }

  #wait(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.turn.add(this);
  }
}
