import type { Readable } from 'node:stream';
import { errorCodes } from 'fastify';
import type { BodyBudget } from './body-budget.js';

/** A request's body in memory, and what it takes of the budget. */
export interface HeldBody {
  readonly bytes: Buffer;
  /** To be called when the bytes are not needed any more; a second time does nothing. */
  giveBack(): void;
}

/**
 * Reads a body and takes from the budget as its bytes come in: counted at its end only, many slow uploads together would
 * have taken all memory by then. Throws OVERLOADED, or Fastify's error for one over `maxBytes`.
 */
export function holdBody(payload: Readable, budget: BodyBudget, maxBytes: number): Promise<HeldBody> {
  const chunks: Buffer[] = [];
  const taken: (() => void)[] = [];
  let size = 0;
  const giveBack = (): void => {
    for (const give of taken.splice(0)) give();
  };
  return new Promise((resolve, reject) => {
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      try {
        if (size > maxBytes) throw new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE();
        taken.push(budget.take(chunk.length));
        chunks.push(chunk);
      } catch (error) {
        fail(error as Error);
      }
    };
    // Not destroyed: the caller is told why on the same connection, and Node drains what else comes.
    const fail = (error: Error): void => {
      payload.off('data', onData);
      payload.resume();
      giveBack();
      reject(error);
    };
    payload.on('data', onData);
    payload.once('end', () => {
      resolve({ bytes: Buffer.concat(chunks, size), giveBack });
    });
    const cut = (): void => {
      if (!payload.readableEnded) fail(new errorCodes.FST_ERR_CTP_INVALID_CONTENT_LENGTH());
    };
    payload.once('error', cut);
    payload.once('close', cut);
  });
}
