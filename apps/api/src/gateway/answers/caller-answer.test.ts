import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { CallerAnswer } from './caller-answer.js';
import { TurnEnd } from './turn-end.js';

const KB = 1024;

/** Notes what reaches the connection. */
class Connection extends EventEmitter {
  destroyed = false;
  writableNeedDrain = false;
  constructor(
    private readonly seen: string[],
    private readonly takes = true,
  ) {
    super();
  }
  writeHead(): void {}
  flushHeaders(): void {
    this.seen.push('head');
  }
  write(chunk: Buffer): boolean {
    this.seen.push(shown(chunk));
    return this.takes;
  }
  end(chunk?: Buffer): void {
    this.seen.push(`${chunk === undefined ? '' : shown(chunk)}.`);
  }
  destroy(): void {
    this.destroyed = true;
    this.seen.push('cut');
  }
}

const shown = (chunk: Buffer): string => (chunk.length > KB ? String(chunk.length) : chunk.toString());

function begin(takes = true, seen: string[] = [], turnEnd = new TurnEnd()) {
  const connection = new Connection(seen, takes);
  return { seen, connection, answer: new CallerAnswer(connection as unknown as ServerResponse, turnEnd) };
}

describe('an answer to a caller', () => {
  it('goes out once for each turn, with its head and its end', async () => {
    const { answer, seen } = begin();
    answer.flushHeaders();
    answer.write(Buffer.from('a'));
    answer.write(Buffer.from('b'));
    expect(seen).toEqual([]);
    await turn();
    answer.write(Buffer.from('c'));
    answer.end();
    expect(answer.writableEnded).toBe(true);
    await turn();
    expect(seen).toEqual(['ab', 'c.']);
  });

  it('has its head sent by the end of the turn in which no body comes', async () => {
    const { answer, seen } = begin();
    answer.flushHeaders();
    await turn();
    expect(seen).toEqual(['head']);
  });

  it('is written after those that came before it', async () => {
    const seen: string[] = [];
    const turnEnd = new TurnEnd();
    const [first, second] = [begin(true, seen, turnEnd), begin(true, seen, turnEnd)];
    second.answer.write(Buffer.from('2'));
    first.answer.write(Buffer.from('1'));
    second.answer.end(Buffer.from('!'));
    await turn();
    expect(seen).toEqual(['2!.', '1']);
  });

  it('is not copied where it is long', async () => {
    const { answer, seen } = begin();
    answer.write(Buffer.alloc(40 * KB));
    answer.write(Buffer.alloc(50 * KB));
    await turn();
    expect(seen).toEqual([String(40 * KB), String(50 * KB)]);
  });

  it('that is cut has what came before the cut', async () => {
    const { answer, seen } = begin();
    answer.write(Buffer.from('a'));
    answer.destroy();
    expect(answer.destroyed).toBe(true);
    await turn();
    await turn();
    expect(seen).toEqual(['a', 'cut']);
  });
});

describe('who sends more than is taken', () => {
  it.each([
    ['goes on at the end of the turn where the connection takes it', true],
    ['goes on when the connection has drained where it does not', false],
  ])('%s', async (_what, takes) => {
    const { answer, connection } = begin(takes);
    let drained = 0;
    expect(answer.write(Buffer.alloc(8 * KB))).toBe(true);
    expect(answer.write(Buffer.alloc(8 * KB))).toBe(false);
    answer.once('drain', () => (drained += 1));
    await turn();
    expect(drained).toBe(takes ? 1 : 0);
    connection.emit('drain');
    expect(drained).toBe(1);
  });

  it('is asked to wait while the connection is full', () => {
    const { answer, connection } = begin();
    connection.writableNeedDrain = true;
    expect(answer.write(Buffer.from('a'))).toBe(false);
  });
});
