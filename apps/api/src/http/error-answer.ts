import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { describeError } from '../describe-error.js';
import type { ErrorCode } from '../errors.js';
import type { Logger } from '../log/logger.js';

/** The body of an error of plain HTTP routes. GraphQL and the gateway have shapes of their own. */
export interface ErrorAnswer {
  readonly error: { readonly code: ErrorCode; readonly message: string; readonly requestId: string };
}

/** Answers with an error in the shape of plain HTTP routes, and logs it. */
export function answerErrors(logger: Logger) {
  return (thrown: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const { id: requestId } = request;
    const { code, message, details, status, retryAfterSeconds, cause, logLevel } = describeError(thrown, requestId);
    const what = code === 'INTERNAL' ? 'a request failed' : 'a request was refused';
    logger[logLevel]({ err: cause, code, requestId }, what);
    if (code === 'UNAUTHENTICATED') reply.header('www-authenticate', 'Bearer');
    if (retryAfterSeconds !== null) reply.header('retry-after', retryAfterSeconds);
    const body = { error: { code, message, ...details, requestId } };
    return reply.code(status).send(body satisfies ErrorAnswer);
  };
}
