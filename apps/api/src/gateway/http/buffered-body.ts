import { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { AppError } from '../../errors.js';
import { bodyError } from '../body/content-coding.js';
import { GrowingBytes } from '../body/growing-bytes.js';
import { BudgetShare, type BodyBudget } from './body-budget.js';

/** A request's body in memory, and its share of the budget. */
export interface BufferedBody {
  readonly bytes: Buffer;
  /** To be called when the bytes are not needed any more; a second call does nothing. */
  giveBack(): void;
}

interface Limits {
  readonly budget: BodyBudget;
  readonly maxBytes: number;
  /** The length that its sender states; null: none is stated. */
  readonly statedBytes: number | null;
}

/**
 * Reads a body into one piece of memory. Each part is put into its place when it comes: to join many megabytes at the
 * end would keep all other requests waiting. Each part is also counted against the budget when it comes: at the end of
 * the body, many slow uploads together would have taken all memory already. Rejects with OVERLOADED when the budget is
 * spent, and with BODY_TOO_LARGE for a body over `maxBytes`.
 */
export function bufferBody(payload: Readable, { budget, maxBytes, statedBytes }: Limits): Promise<BufferedBody> {
  const share = new BudgetShare(budget);
  const body = new GrowingBytes(Math.min(statedBytes ?? 0, maxBytes));
  return new Promise((resolve, reject) => {
    const onData = (chunk: Buffer): void => {
      try {
        if (body.size + chunk.length > maxBytes) throw bodyTooLarge(maxBytes);
        share.take(chunk.length);
        body.add(chunk);
        // 'end' always comes as well, but a little later.
        if (body.size === statedBytes) end();
      } catch (error) {
        fail(error as Error);
      }
    };
    // The stream is not destroyed: the caller is told why on the same connection, and Node drains the rest of the body.
    let isHeld = false;
    const fail = (error: Error): void => {
      // The bytes were handed out: whoever has them gives them back.
      if (isHeld) return;
      payload.off('data', onData);
      if (payload instanceof IncomingMessage) payload.resume();
      // Nobody needs the rest of it decoded.
      else payload.destroy();
      share.giveBack();
      reject(error);
    };
    const end = (): void => {
      isHeld = true;
      resolve({ bytes: body.bytes, giveBack: () => share.giveBack() });
    };
    payload.on('data', onData);
    payload.on('end', end);
    payload.on('error', (error) => fail(bodyError(error)));
    payload.on('close', () => {
      if (!payload.readableEnded) fail(new AppError('BAD_USER_INPUT', 'The body ended before it was complete.'));
    });
  });
}

export const bodyTooLarge = (maxBytes: number): AppError =>
  new AppError('BODY_TOO_LARGE', `The body is larger than ${String(maxBytes)} bytes.`);
