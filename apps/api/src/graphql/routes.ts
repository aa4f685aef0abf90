import type { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { RequestContext, SessionCookie } from '../auth/request-context.js';
import { describeError } from '../describe-error.js';
import { AppError, unauthenticated } from '../errors.js';
import type { Logger } from '../log/logger.js';
import { createRequestContext } from './context.js';
import type { Documents } from './documents.js';
import { formatGraphqlError, originalError } from './errors.js';
import { MOST_INTROSPECTED, MOST_INTROSPECTED_BY_STRANGERS } from './limits/introspection.js';
import { tooExpensive } from './limits/limits.js';
import { requireUsableValues } from './limits/usable-values.js';
import type { ResultCache } from './results/result-cache.js';

const MAX_BODY_BYTES = 512 * 1024;

/**
 * The content type that Apollo chooses for the `accept` of Apollo Client and of clients that want JSON. Apollo answers
 * others.
 */
const CONTENT_TYPES: ReadonlyMap<string, string> = new Map([
  ['*/*', 'application/json; charset=utf-8'],
  ['application/json', 'application/json; charset=utf-8'],
  ['application/graphql-response+json,application/json;q=0.9', 'application/graphql-response+json; charset=utf-8'],
]);

/** For people who open the address in a browser. Apollo would tell them about forged requests, which nobody made. */
const WHAT_THIS_IS =
  'This is the GraphQL API, for programs: POST a document as JSON, with an API token from your account page. ' +
  'Its schema can be asked for here; docs/status-stream.md and packages/schema/contract.graphql of the product tell more.';

interface Options {
  readonly apollo: ApolloServer<RequestContext>;
  readonly cache: ResultCache;
  readonly documents: Documents;
  readonly logger: Logger;
  readonly sessionCookie: (reply: FastifyReply) => SessionCookie;
  /** Reads from a Cookie header who signed in with this browser before. */
  readonly deviceNotes: (header: string | undefined) => string | undefined;
}

/** `/graphql`. An error before the document runs, such as a bad credential, has GraphQL's shape as well. */
export async function graphqlRoutes(app: FastifyInstance, options: Options): Promise<void> {
  app.setErrorHandler((thrown, request, reply) => answerError(thrown, request, reply, options.logger));
  app.route({
    method: ['GET', 'POST'],
    url: '/graphql',
    bodyLimit: MAX_BODY_BYTES,
    config: { access: { needs: 'ANYBODY' }, identify: true },
    preHandler: (request, reply, done) => {
      if (isOpenedByHand(request)) throw new AppError('BAD_USER_INPUT', WHAT_THIS_IS);
      if (answerKept(request, reply, options.cache) || answerBefore(request, reply, options)) return;
      requireHost(request);
      done();
    },
    handler: fastifyApolloHandler(options.apollo, {
      context: (request, reply) =>
        Promise.resolve(
          createRequestContext({
            actor: request.actor,
            origin: {
              ip: request.clientIp,
              requestId: request.id,
              userAgent: request.headers['user-agent'] ?? null,
              deviceNotes: options.deviceNotes(request.headers.cookie) ?? null,
            },
            sessionCookie: options.sessionCookie(reply),
          }),
        ),
    }),
  });
}

/** Apollo reads the query from a whole URL with the Host header in it, so that header has to make a valid URL. */
function requireHost({ url, protocol, hostname }: FastifyRequest): void {
  if (URL.canParse(url, `${protocol}://${hostname}/`)) return;
  throw new AppError(
    'BAD_USER_INPUT',
    'The Host header of this request is no name or address: send that of this server.',
  );
}

/** Only browsers ask for a page. Clients that query by GET ask for JSON. */
function isOpenedByHand({ method, headers }: FastifyRequest): boolean {
  return method === 'GET' && headers.accept?.includes('text/html') === true;
}

/** Answers a hot query without Apollo, with the text that Apollo made for it before. */
function answerKept(request: FastifyRequest, reply: FastifyReply, cache: ResultCache): boolean {
  const { accept = '*/*', 'content-type': sent } = request.headers;
  const contentType = CONTENT_TYPES.get(accept);
  if (request.method !== 'POST' || contentType === undefined || sent?.startsWith('application/json') !== true)
    return false;
  const answer = cache.find(request.body, request.actor);
  if (answer === undefined) return false;
  void reply.headers({ 'content-type': contentType, 'cache-control': 'no-store' }).send(answer);
  return true;
}

/**
 * Answers requests that need no resolver: documents that are not valid or too expensive, and questions about the
 * schema. Other faults of a request are left to Apollo.
 */
function answerBefore(request: FastifyRequest, reply: FastifyReply, { documents, logger }: Options): boolean {
  const asked = (request.method === 'POST' ? request.body : request.query) as Record<string, unknown> | null;
  if (typeof asked?.['query'] !== 'string' || asked['query'] === '') return false;
  requireUsableValues(request.method === 'POST' ? asked['variables'] : parsed(asked['variables']));
  const prepared = documents.prepare(asked['query']);
  const answer = (status: number, body: object | string): true => {
    const type = CONTENT_TYPES.get(request.headers.accept ?? '*/*') ?? 'application/json; charset=utf-8';
    void reply.code(status).headers({ 'content-type': type, 'cache-control': 'no-store' }).send(body);
    return true;
  };
  if (prepared.errors !== null) {
    return answer(400, { errors: prepared.errors.map((error) => formatGraphqlError(error, request.id, logger)) });
  }
  const { introspected } = prepared;
  if (introspected === null) return false;
  if (introspected.usual !== null) return answer(200, introspected.usual());
  const isStranger = request.actor.type === 'anonymous';
  if (introspected.fields <= (isStranger ? MOST_INTROSPECTED_BY_STRANGERS : MOST_INTROSPECTED)) return false;
  if (isStranger) {
    throw unauthenticated(
      'Sign in to ask for that much of the schema. The usual introspection query is answered to anybody.',
    );
  }
  throw tooExpensive(`more than ${MOST_INTROSPECTED.toLocaleString('en-US')} fields of the schema`);
}

/** Variables in a URL are JSON. Apollo refuses those that are not. */
function parsed(variables: unknown): unknown {
  if (typeof variables !== 'string') return variables;
  try {
    return JSON.parse(variables);
  } catch {
    return null;
  }
}

function answerError(thrown: unknown, request: FastifyRequest, reply: FastifyReply, logger: Logger): FastifyReply {
  const { status, retryAfterSeconds, code, cause } = describeError(originalError(thrown), request.id);
  if (retryAfterSeconds !== null) void reply.header('retry-after', String(retryAfterSeconds));
  const told = code === 'INTERNAL' ? thrown : cause;
  return reply.code(status).send({ errors: [formatGraphqlError(told, request.id, logger)] });
}
