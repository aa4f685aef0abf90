import { describe, expect, it } from '@jest/globals';
import { LogOutput, type LogSink } from './log-output.js';

type Taking = (bytes: Buffer) => number | NodeJS.ErrnoException;

const failure = (code: string) => Object.assign(new Error(`it says ${code}`), { code });

/** A sink that takes what the test says. `settled` resolves once it was asked again and answered. */
class FakeSink implements LogSink {
  text = '';
  writes = 0;
  takes: Taking = (bytes) => bytes.length;

  write(bytes: Buffer, done: (error: NodeJS.ErrnoException | null, taken: number) => void): void {
    const taken = this.#take(bytes);
    setImmediate(() => {
      if (typeof taken === 'number') done(null, taken);
      else done(taken, 0);
    });
  }

  writeSync(bytes: Buffer): number {
    const taken = this.#take(bytes);
    if (typeof taken !== 'number') throw taken;
    return taken;
  }

  #take(bytes: Buffer): number | NodeJS.ErrnoException {
    this.writes += 1;
    const taken = this.takes(bytes);
    if (typeof taken === 'number') this.text += bytes.subarray(0, taken).toString();
    return taken;
  }

  /** Lines as they can be read in the log. */
  get lines(): Record<string, unknown>[] {
    return this.text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }
}

const line = (n: number) => `{"n":${String(n)}}\n`;

function output(more: { maxWaiting?: number } = {}) {
  const sink = new FakeSink();
  return { sink, log: new LogOutput({ sink, noticeFields: () => '"level":"warn"', ...more }) };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

const NOTICE = {
  level: 'warn',
  lost: 3,
  reason: 'ENOSPC',
  msg: '3 lines of the log could not be written and are lost',
};

describe('LogOutput', () => {
  it('writes lines of many turns together, in their order', async () => {
    const { sink, log } = output();
    for (let n = 0; n < 100; n += 1) {
      log.write(line(n));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => sink.lines.length === 100);
    expect(sink.lines.map(({ n }) => n)).toEqual(Array.from({ length: 100 }, (_, n) => n));
    expect(sink.writes).toBeLessThan(50);
  });

  it('does not wait for its time when much is there', () => {
    const { sink, log } = output();
    log.write(`${JSON.stringify({ text: 'x'.repeat(70_000) })}\n`);
    expect(sink.writes).toBe(1);
  });

  it('goes on where a write took only a part', async () => {
    const { sink, log } = output();
    sink.takes = (bytes) => Math.min(3, bytes.length);
    for (let n = 0; n < 5; n += 1) log.write(line(n));
    log.flush();
    await until(() => sink.text.endsWith('{"n":4}\n'));
    expect(sink.text).toBe([0, 1, 2, 3, 4].map(line).join(''));
    expect(log.lost).toBe(0);
  });

  it.each(['ENOSPC', 'EPIPE', 'EIO', 'EBADF', 'EFBIG'])(
    'drops and counts what is refused with %s, and tells of it with the first line that can be written again',
    async (code) => {
      const { sink, log } = output();
      sink.takes = () => failure(code);
      for (let n = 0; n < 3; n += 1) log.write(line(n));
      log.flush();
      await until(() => log.lost === 3);
      sink.takes = (bytes) => bytes.length;
      log.write(line(3));
      log.flush();
      await until(() => sink.lines.length === 2);
      expect(sink.lines).toEqual([{ ...NOTICE, reason: code }, { n: 3 }]);
      log.write(line(4));
      log.flush();
      await until(() => sink.lines.length === 3);
      expect(sink.lines.at(-1)).toEqual({ n: 4 });
      expect(log.lost).toBe(3);
    },
  );

  it('keeps the lines after one that was cut readable, and counts the cut one as lost', async () => {
    const { sink, log } = output();
    let left = line(0).length + 4;
    sink.takes = (bytes) => {
      if (left === 0) return failure('ENOSPC');
      const taken = Math.min(left, bytes.length);
      left -= taken;
      return taken;
    };
    for (let n = 0; n < 4; n += 1) log.write(line(n));
    log.flush();
    await until(() => log.lost === 3);
    // The line that tells of it is refused once more.
    log.write(line(4));
    log.flush();
    await until(() => log.lost === 4);
    sink.takes = (bytes) => bytes.length;
    log.write(line(5));
    log.flush();
    await until(() => sink.text.includes(line(5)));
    const [first, cut, ...rest] = sink.text.split('\n').filter((text) => text !== '');
    expect([first, cut]).toEqual(['{"n":0}', '{"n"']);
    expect(rest.map((text) => JSON.parse(text) as unknown)).toMatchObject([{ lost: 4 }, { n: 5 }]);
  });

  it('holds no more than it may for a reader that takes nothing, and gives it in order when the reader is back', async () => {
    const { sink, log } = output({ maxWaiting: 10 * line(0).length });
    sink.takes = () => failure('EAGAIN');
    log.write(line(0));
    log.flush();
    for (let n = 1; n < 100; n += 1) log.write(line(n % 10));
    expect(log.lost).toBe(89);
    sink.takes = (bytes) => bytes.length;
    await until(() => sink.lines.length === 12);
    expect(sink.lines.filter(({ n }) => n !== undefined)).toHaveLength(11);
    expect(sink.lines[1]).toMatchObject({ lost: 89 });
    expect(log.lost).toBe(89);
  });

  it('writes what waits at the end of the process, and does not wait for ever for a reader', () => {
    const { sink, log } = output();
    log.write(line(0));
    log.flushSync();
    expect(sink.lines).toEqual([{ n: 0 }]);
    sink.takes = () => failure('EAGAIN');
    log.write(line(1));
    const startedAt = performance.now();
    log.flushSync();
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  it('leaves what the system is writing to the system when it has to write at once', async () => {
    const { sink, log } = output();
    log.write(line(0));
    log.flush();
    log.write(line(1));
    log.flushSync();
    await until(() => sink.lines.length >= 2);
    log.write(line(2));
    log.flush();
    await until(() => sink.lines.length === 3);
    expect(sink.lines.map(({ n }) => n)).toEqual([0, 1, 2]);
  });
});
