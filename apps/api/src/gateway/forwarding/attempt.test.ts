import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import type { Dispatcher } from 'undici';
import { endpointMasks } from '@intrallm/providers';
import { OpenaiFormat } from '../answers/openai-format.js';
import { Attempt } from './attempt.js';

const MASKS = endpointMasks({ apiKey: 'sk-0123456789abcdef', headers: [] });
const IDLE_MS = 10 * 60_000;

/** A caller that takes nothing until it drains. */
class Caller extends EventEmitter {
  destroyed = false;
  readonly written: string[] = [];
  readonly writableFinished = false;
  readonly headersSent = false;
  readonly writableEnded = false;
  writeHead(): void {}
  flushHeaders(): void {}
  end(): void {}
  write(chunk: Buffer): boolean {
    this.written.push(chunk.toString());
    return false;
  }
  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

function begin(status = 200) {
  const caller = new Caller();
  const attempt = new Attempt(caller, {
    headers: [],
    target: { mask: MASKS.words, nameMask: MASKS.names },
    plan: {
      asksForTokens: false,
      format: new OpenaiFormat({ asksForStream: false, endMarks: 'NONE', hidesTokens: false, onResponseId: null }),
    },
  });
  const controller = {
    pause: jest.fn(),
    resume: jest.fn(),
    abort: (reason: Error) => attempt.onResponseError(null, reason),
  } as unknown as Dispatcher.DispatchController;
  attempt.onRequestStart(controller);
  attempt.onResponseStart(controller, status, { 'content-length': '10' });
  const send = (text = 'x') => attempt.onResponseData(controller, Buffer.from(text));
  return { attempt, caller, controller, send };
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

it('a caller that takes nothing of its answer is cut after ten minutes, and leaves its slot', async () => {
  const { attempt, caller, send } = begin();
  send();
  jest.advanceTimersByTime(IDLE_MS - 1);
  expect(caller.destroyed).toBe(false);
  jest.advanceTimersByTime(1);
  expect(caller.destroyed).toBe(true);
  expect(await attempt.result).toMatchObject({ kind: 'passed', outcome: 'client-abort' });
});

it('a slow one is waited for as often as it takes something', async () => {
  const { attempt, caller, controller, send } = begin();
  for (let count = 1; count <= 3; count += 1) {
    send();
    jest.advanceTimersByTime(IDLE_MS - 1);
    caller.emit('drain');
    expect(controller.resume).toHaveBeenCalledTimes(count);
  }
  send();
  attempt.onResponseEnd();
  expect(await attempt.result).toMatchObject({ kind: 'passed', outcome: 'complete' });
  jest.advanceTimersByTime(IDLE_MS);
  expect([caller.destroyed, jest.getTimerCount()]).toEqual([false, 0]);
});

it('of an error that is cut before its end nothing is written: there was no head for it yet', async () => {
  const { attempt, caller, controller, send } = begin(400);
  send('sk-0123');
  controller.abort(new Error('cut'));
  expect(await attempt.result).toMatchObject({ kind: 'passed', status: 400 });
  expect([caller.written, caller.destroyed]).toEqual([[], true]);
});
