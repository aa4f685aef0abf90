import type { ExecutionResult } from 'graphql';
import type { WebSocket } from 'ws';
import { AppError } from '../../errors.js';
import type { ForgetfulContext } from '../context.js';
import { asGraphqlError, originalError } from '../errors.js';
import { closeTooSlow, lagsBehind } from './socket.js';

/**
 * The results of `source`. A failure ends them with a translated error instead of cutting the socket; the socket of a
 * reader that lags behind is closed. This is no generator, because `return` must reach the source at once, also while
 * the source waits for its next event.
 */
export function watchedResults(
  wire: WebSocket,
  source: AsyncGenerator<ExecutionResult>,
  context: ForgetfulContext,
): AsyncIterableIterator<ExecutionResult> {
  let hasFailed = false;
  const next = async (): Promise<IteratorResult<ExecutionResult>> => {
    if (hasFailed) return { done: true, value: undefined };
    // Rows that were loaded for one event are old when the next one comes.
    context.forget();
    try {
      if (lagsBehind(wire)) throw new AppError('OVERLOADED', 'This subscriber reads too slowly.');
      return await source.next();
    } catch (error) {
      hasFailed = true;
      const original = originalError(error);
      if (!(original instanceof AppError && original.code === 'OVERLOADED')) {
        return { done: false, value: { errors: [asGraphqlError(error)] } };
      }
      closeTooSlow(wire);
      await source.return(undefined);
      return { done: true, value: undefined };
    }
  };
  return {
    next,
    return: (value: unknown) => source.return(value),
    throw: (error: unknown) => source.throw(error),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
