import { fstatSync, write, writeSync } from 'node:fs';

/** Lines are written some at a time: one by one they would cost a busy server much of what the requests cost. */
const TOGETHER = { characters: 64 * 1024, withinMs: 100 };
/** Characters that wait while the log's reader takes none; lines beyond them are lost. */
const MAX_WAITING = 4 * 1024 * 1024;
/** A reader that took nothing is asked again after this long: the longer, the more often it took nothing in a row. */
const BUSY_RETRY_MS = { first: 2, most: 50 };
/** The end of the process waits for a reader that is behind: this long for one that takes nothing, and in all. */
const LAST_PATIENCE_MS = { standing: 1_000, inAll: 5_000 };

/** What the lines are written to: a pipe, a file, a terminal. Neither function may hold the event loop. */
export interface LogSink {
  /** Tells how many of the bytes were taken, at once or later. */
  write(bytes: Buffer, done: (error: NodeJS.ErrnoException | null, taken: number) => void): void;
  /**
   * The same at the end of the process, where nothing comes later: gives how many were taken, throws the system's
   * error.
   */
  writeSync(bytes: Buffer): number;
}

interface Options {
  readonly sink: LogSink;
  /** Fields of the line that tells of lost ones: the level and the time. */
  readonly noticeFields: () => string;
  /** Default 4 Mi characters. */
  readonly maxWaiting?: number;
}

/**
 * Gathers lines in memory and writes them together, within 100 ms and beside the requests they tell of. A line that
 * cannot be written (the disk is full, the reader is gone or too slow) is dropped and counted, and nothing else is held
 * up by it; the first line that can be written again says how many were lost.
 */
export class LogOutput {
  #waiting: string[] = [];
  #waitingCharacters = 0;
  /** Taken from those that wait, and not written yet. */
  #rest: Buffer = Buffer.alloc(0);
  /** Lost lines of which `#rest` tells; 0: it holds lines. */
  #telling = 0;
  #timer: NodeJS.Timeout | null = null;
  #isUnderWay = false;
  /** The sink has `#rest`, and nobody can say how much of it is written. */
  #isInFlight = false;
  /** What was written last ends in the middle of a line. */
  #isMidLine = false;
  #retryMs = BUSY_RETRY_MS.first;
  #lost = 0;
  #untold = 0;
  #reason = '';

  constructor(private readonly options: Options) {}

  /** Lines that were dropped since the start. */
  get lost(): number {
    return this.#lost;
  }

  /** Takes one line, with its end. Never throws and never waits. */
  write(line: string): void {
    if (this.#waitingCharacters + line.length > (this.options.maxWaiting ?? MAX_WAITING)) {
      this.#lose(1, 'more came than the reader of the log took');
      return;
    }
    this.#waiting.push(line);
    this.#waitingCharacters += line.length;
    if (!this.#isUnderWay) this.#flushSoon();
  }

  /** At once where much waits, else when more had time to come. */
  #flushSoon(): void {
    if (this.#waitingCharacters >= TOGETHER.characters) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), TOGETHER.withinMs).unref();
  }

  /** Begins to write what waits. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (!this.#isUnderWay) this.#writeNext();
  }

  /**
   * Writes what waits before it returns; for the end of the process. A reader who takes nothing is given one second.
   */
  flushSync(): void {
    const startedAt = performance.now();
    let tookAt = startedAt;
    // What the system has already is written by it, perhaps after what follows here.
    const inFlight = this.#isInFlight ? { rest: this.#rest, telling: this.#telling } : null;
    if (inFlight !== null) this.#rest = Buffer.alloc(0);
    while (this.#hasMore()) {
      try {
        this.#took(this.options.sink.writeSync(this.#rest));
        tookAt = performance.now();
      } catch (error) {
        const now = performance.now();
        if (!isBusy(error)) this.#giveUp(error);
        else if (now - tookAt > LAST_PATIENCE_MS.standing || now - startedAt > LAST_PATIENCE_MS.inAll) break;
        else pause(BUSY_RETRY_MS.first);
      }
    }
    if (inFlight !== null) [this.#rest, this.#telling] = [inFlight.rest, inFlight.telling];
  }

  #writeNext(): void {
    this.#isUnderWay = this.#hasMore();
    if (!this.#isUnderWay) return;
    this.#isInFlight = true;
    this.options.sink.write(this.#rest, (error, taken) => {
      this.#isInFlight = false;
      if (isBusy(error) || (error === null && taken === 0)) {
        setTimeout(() => this.#writeNext(), this.#retryMs).unref();
        this.#retryMs = Math.min(2 * this.#retryMs, BUSY_RETRY_MS.most);
        return;
      }
      this.#retryMs = BUSY_RETRY_MS.first;
      if (error === null) this.#took(taken);
      else this.#giveUp(error);
      this.#goOn();
    });
  }

  /** After a write: the rest of it, and what tells of lost lines, do not wait for more to come. */
  #goOn(): void {
    if (this.#rest.length > 0 || this.#untold > 0) {
      this.#writeNext();
      return;
    }
    this.#isUnderWay = false;
    if (this.#waiting.length > 0) this.#flushSoon();
  }

  /** Makes sure that `#rest` holds what is to be written next; false: there is nothing. */
  #hasMore(): boolean {
    if (this.#rest.length > 0) return true;
    if (this.#waiting.length === 0) return false;
    this.#telling = this.#untold;
    const start = this.#isMidLine ? '\n' : '';
    this.#rest = Buffer.from(start + (this.#telling > 0 ? this.#notice() : this.#takeLines()));
    return true;
  }

  #takeLines(): string {
    let [count, characters] = [0, 0];
    while (count < this.#waiting.length && characters < TOGETHER.characters) {
      characters += this.#waiting[count]?.length ?? 0;
      count += 1;
    }
    this.#waitingCharacters -= characters;
    if (count < this.#waiting.length) return this.#waiting.splice(0, count).join('');
    const all = this.#waiting;
    this.#waiting = [];
    return all.join('');
  }

  #notice(): string {
    const lost = String(this.#telling);
    const reason = JSON.stringify(this.#reason);
    const message = `${lost} ${lost === '1' ? 'line' : 'lines'} of the log could not be written and are lost`;
    return `{${this.options.noticeFields()},"lost":${lost},"reason":${reason},"msg":"${message}"}\n`;
  }

  #took(bytes: number): void {
    if (bytes === 0) return;
    this.#isMidLine = this.#rest[bytes - 1] !== NEW_LINE;
    this.#rest = this.#rest.subarray(bytes);
    if (this.#rest.length > 0) return;
    this.#untold = Math.max(0, this.#untold - this.#telling);
    this.#telling = 0;
  }

  /** What waits is lost with what was refused: it would be refused as well, and hold more and more memory. */
  #giveUp(error: unknown): void {
    const refused = this.#telling > 0 ? 0 : this.#rest.filter((byte) => byte === NEW_LINE).length;
    // The line break that was to close a line that is cut ends no line of its own.
    const isOnlyClosing = this.#telling === 0 && this.#isMidLine && this.#rest[0] === NEW_LINE;
    const { code, message } = error as NodeJS.ErrnoException;
    this.#lose(refused - (isOnlyClosing ? 1 : 0) + this.#waiting.length, code ?? message);
    this.#rest = Buffer.alloc(0);
    this.#telling = 0;
    this.#waiting = [];
    this.#waitingCharacters = 0;
  }

  #lose(lines: number, reason: string): void {
    this.#lost += lines;
    this.#untold += lines;
    this.#reason = reason;
  }
}

/** Standard output as a sink. */
export function standardOutput(): LogSink {
  const fd = 1;
  const kind = fstatSync(fd);
  if (kind.isFIFO() || kind.isSocket()) {
    // A thread that waits for a reader who never reads could not be ended, and the process with it. Node.js makes the
    // pipe one that never waits when its stream is made; then a write costs no thread and says how far it came.
    process.stdout.on('error', () => undefined);
    return {
      write: (bytes, done) => {
        let taken: number;
        try {
          taken = writeSync(fd, bytes);
        } catch (error) {
          done(error as NodeJS.ErrnoException, 0);
          return;
        }
        done(null, taken);
      },
      writeSync: (bytes) => writeSync(fd, bytes),
    };
  }
  return {
    write: (bytes, done) => {
      write(fd, bytes, done);
    },
    writeSync: (bytes) => writeSync(fd, bytes),
  };
}

const NEW_LINE = 0x0a;

function isBusy(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return code === 'EAGAIN' || code === 'EBUSY' || code === 'EINTR';
}

/** Holds the thread, at the end of the process. */
function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
