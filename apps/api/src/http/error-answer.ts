import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { translateDatabaseError } from '../database/database-error.js';
import { AppError, type ErrorCode } from '../errors.js';
import type { Logger } from '../logger.js';

/** What plain HTTP routes answer instead of a result. GraphQL and the gateway have shapes of their own. */
export interface ErrorAnswer {
  readonly error: { readonly code: ErrorCode; readonly message: string; readonly requestId: string };
}

/** The translation of errors for plain HTTP: AppErrors as the table says, Fastify's own by their status, the rest hidden. */
export function answerErrors(logger: Logger) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const known = toAppError(error, request.id, logger);
    logger[known.rule.logLevel]({ err: known, code: known.code, requestId: request.id }, 'a request was refused');
    if (known.code === 'UNAUTHENTICATED') reply.header('www-authenticate', 'Bearer');
    const { retryAfterMs } = known.details;
    if (retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(retryAfterMs / 1000));
    const body = { error: { code: known.code, message: known.message, ...known.details, requestId: request.id } };
    return reply.code(known.rule.httpStatus).send(body satisfies ErrorAnswer);
  };
}

function toAppError(error: FastifyError, requestId: string, logger: Logger): AppError {
  const translated = translateDatabaseError(error);
  if (translated instanceof AppError) return translated;
  const { statusCode } = error;
  if (statusCode === 413) return new AppError('BODY_TOO_LARGE', 'The body of this request is too large.');
  if (statusCode === 404) return new AppError('NOT_FOUND', 'There is nothing here.');
  if (statusCode === 503) return new AppError('OVERLOADED', 'The server is stopping.');
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new AppError('BAD_USER_INPUT', 'This request cannot be read.', {}, { cause: translated });
  }
  logger.error({ err: translated, requestId }, 'a request failed');
  return new AppError('INTERNAL', `Something went wrong on the server. Its log has the reason under ${requestId}.`);
}
