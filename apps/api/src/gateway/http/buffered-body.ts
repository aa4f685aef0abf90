import { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { AppError } from '../../errors.js';
import { bodyError } from '../body/content-coding.js';
import { GrowingBytes } from '../body/growing-bytes.js';
import { BudgetShare, type BodyBudget } from './body-budget.js';

/** A request's body in memory, and what it takes of the budget. */
export interface BufferedBody {
  readonly bytes: Buffer;
  /** To be called when the bytes are not needed any more; a second time does nothing. */
  giveBack(): void;
}

interface Limits {
  readonly budget: BodyBudget;
  readonly maxBytes: number;
  /** How long it will be, as its sender says; null: that is not said. */
  readonly statedBytes: number | null;
}

/**
 * Reads a body into one piece of memory. Each part is put into its place when it comes: joining all of them at the end would
 * keep everybody else waiting for as long as many megabytes take. So is the budget: counted at the end only, many slow uploads
 * together would have taken all memory by then. Rejects with OVERLOADED, or with BODY_TOO_LARGE for a body over
 * `maxBytes`.
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
        // The end is told of a little later, and always.
        if (body.size === statedBytes) end();
      } catch (error) {
        fail(error as Error);
      }
    };
    // Not destroyed: the caller is told why on the same connection, and Node drains what else comes.
    let isHeld = false;
    const fail = (error: Error): void => {
      // Whoever has the bytes gives them back.
      if (isHeld) return;
      payload.off('data', onData);
      if (payload instanceof IncomingMessage) payload.resume();
      // Nothing more is decoded for nobody.
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
