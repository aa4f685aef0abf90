import type { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { RequestContext, SessionCookie } from '../auth/request-context.js';
import { AppError } from '../errors.js';
import type { Logger } from '../logger.js';
import { createRequestContext } from './context.js';
import { formatGraphqlError, originalError } from './errors.js';

const MAX_BODY_BYTES = 512 * 1024;

interface Options {
  readonly apollo: ApolloServer<RequestContext>;
  readonly logger: Logger;
  readonly sessionCookie: (reply: FastifyReply) => SessionCookie;
}

/** `POST /graphql`. What goes wrong before a document runs, a bad credential among it, has GraphQL's shape as well. */
export async function graphqlRoutes(app: FastifyInstance, options: Options): Promise<void> {
  app.setErrorHandler((thrown, request, reply) => answerError(thrown, request, reply, options.logger));
  app.route({
    method: ['GET', 'POST'],
    url: '/graphql',
    bodyLimit: MAX_BODY_BYTES,
    config: { access: { needs: 'ANYBODY' }, identify: true },
    handler: fastifyApolloHandler(options.apollo, {
      context: (request, reply) =>
        Promise.resolve(
          createRequestContext({
            actor: request.actor,
            origin: { ip: request.ip, requestId: request.id, userAgent: request.headers['user-agent'] ?? null },
            sessionCookie: options.sessionCookie(reply),
          }),
        ),
    }),
  });
}

function answerError(thrown: unknown, request: FastifyRequest, reply: FastifyReply, logger: Logger): FastifyReply {
  const { statusCode } = thrown as { statusCode?: unknown };
  const original = originalError(thrown);
  const known =
    original instanceof AppError || typeof statusCode !== 'number' || statusCode >= 500
      ? thrown
      : new AppError(statusCode === 413 ? 'BODY_TOO_LARGE' : 'BAD_USER_INPUT', 'This request cannot be read.');
  const status =
    original instanceof AppError ? original.rule.httpStatus : typeof statusCode === 'number' ? statusCode : 500;
  return reply.code(status).send({ errors: [formatGraphqlError(known, request.id, logger)] });
}
