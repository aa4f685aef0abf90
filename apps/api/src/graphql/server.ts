import { ApolloServer, type ApolloServerOptions, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { OperationTypeNode, type GraphQLSchema } from 'graphql';
import type { Actor } from '../auth/actor.js';
import type { RequestContext } from '../auth/request-context.js';
import { retryAfterSeconds } from '../describe-error.js';
import { AppError, unauthenticated } from '../errors.js';
import type { Logger } from '../log/logger.js';
import type { Documents } from './documents.js';
import { formatGraphqlError, originalError } from './errors.js';
import { costGuard } from './limits/cost-guard.js';
import type { Sizes } from './limits/cost.js';
import { DearQueries } from './limits/dear-queries.js';
import { limitsRule, MAX_TOKENS } from './limits/limits.js';
import type { Pacer } from './pacing/pacer.js';
import type { ResultCache } from './results/result-cache.js';

interface Options {
  readonly schema: GraphQLSchema;
  readonly documents: Documents;
  readonly sizes: () => Promise<Sizes>;
  readonly pacer: Pacer;
  readonly cache: ResultCache;
  readonly logger: Logger;
  readonly stands: Stands;
}

/** Whether the credential of an actor is still valid in the database. */
type Stands = (actor: Actor) => Promise<boolean>;

/** Apollo Server as this product runs it: bounded documents, one error translation, no batching, no landing page. */
export function createApolloServer({
  schema,
  documents,
  sizes,
  pacer,
  cache,
  logger,
  stands,
}: Options): ApolloServer<RequestContext> {
  return new ApolloServer<RequestContext>({
    schema,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    persistedQueries: false,
    // Its documents are validated already. Apollo validates every other document, under the same limits.
    documentStore: storeOf(documents),
    parseOptions: { maxLexicalTokens: MAX_TOKENS },
    validationRules: [limitsRule],
    stringifyResult: cache.stringify,
    // The plugin below translates errors, because it knows the request.
    formatError: (formatted) => formatted,
    logger: apolloLogger(logger),
    // Their hooks run in this order: an answer is written when its errors are translated.
    plugins: [
      noSubscriptions,
      standingForWrites(stands),
      cache.plugin,
      errorTranslation(logger, stands),
      costGuard({
        sizes,
        pacer,
        logger,
        dear: new DearQueries(),
        keepText: (data, text) => {
          cache.keepText(data, text);
        },
      }),
      ApolloServerPluginLandingPageDisabled(),
      // Cache control would look at each field for hints that no field has. No answer may be kept: see
      // security-headers.ts.
      ApolloServerPluginCacheControlDisabled(),
    ],
    stopOnTerminationSignals: false,
  });
}

/**
 * Apollo asks by `<schema>:<hash of the text>`. It wants to keep documents that it validated itself, which is not
 * needed.
 */
function storeOf(documents: Documents): NonNullable<ApolloServerOptions<RequestContext>['documentStore']> {
  return {
    get: (key) => Promise.resolve(documents.findByHash(key.slice(key.lastIndexOf(':') + 1))),
    set: () => Promise.resolve(),
    delete: () => Promise.resolve(false),
  };
}

/** Refuses subscriptions: Apollo would fail while it runs one. */
const noSubscriptions: ApolloServerPlugin<RequestContext> = {
  requestDidStart: async () => ({
    didResolveOperation: async ({ operation }) => {
      if (operation?.operation !== OperationTypeNode.SUBSCRIPTION) return;
      throw new AppError('BAD_USER_INPUT', 'Subscriptions are served over WebSocket at this address.');
    },
  }),
};

/**
 * Asks the database before a mutation whether the credential is still valid. Another process may have ended it while
 * this one still remembers it for some seconds: it may read for so long, but not change anything. The question costs
 * little beside the write.
 */
function standingForWrites(stands: Stands): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: async () => ({
      didResolveOperation: async ({ operation, contextValue }) => {
        if (operation?.operation !== OperationTypeNode.MUTATION) return;
        if (!(await isThere(stands, contextValue.actor))) throw ENDED;
      },
    }),
  };
}

function errorTranslation(logger: Logger, stands: Stands): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: async () => {
      const originals: unknown[] = [];
      return {
        didEncounterErrors: async ({ errors }) => {
          originals.push(...errors);
        },
        willSendResponse: async ({ response, contextValue }) => {
          if (response.body.kind !== 'single' || response.body.singleResult.errors === undefined) return;
          const requestId = contextValue.origin.requestId ?? '';
          const { errors } = response.body.singleResult;
          response.body.singleResult.errors = errors.map((formatted, index) =>
            formatGraphqlError(originals[index] ?? formatted, requestId, logger),
          );
          const causes = originals.map(originalError);
          if (causes.some(mayBeOfItsEnd) && !(await isThere(stands, contextValue.actor))) {
            response.body.singleResult = { errors: [formatGraphqlError(ENDED, requestId, logger)] };
            response.http.status = 401;
            return;
          }
          // The operation was refused before it ran: Apollo takes our error for a failure of its own and answers 500.
          const isRefused = !('data' in response.body.singleResult) && response.http.status === 500;
          // A credential that ended while its request ran is as invalid as one that ended before.
          const isRevoked = contextValue.actor.type !== 'anonymous' && causes.some(isUnauthenticated);
          if (isRevoked) {
            response.http.status = 401;
            // The caller would take a null for an answer.
            delete response.body.singleResult.data;
          }
          const failing = isRefused ? causes.find((cause) => cause instanceof AppError) : causes.find(failsRequest);
          if (failing === undefined) return;
          response.http.status = failing.rule.httpStatus;
          const { retryAfterMs } = failing.details;
          if (retryAfterMs !== undefined)
            response.http.headers.set('retry-after', String(retryAfterSeconds(retryAfterMs)));
        },
      };
    },
  };
}

/** When the database does not answer, the answer stays as it is: the next request is told that the database is away. */
const isThere = (stands: Stands, actor: Actor): Promise<boolean> => stands(actor).catch(() => true);

const ENDED = unauthenticated('This credential was ended. Sign in again, or use another token.');

/**
 * Rows that were deleted with a credential are not found any more: then the caller is told that the credential ended.
 */
const mayBeOfItsEnd = (error: unknown): boolean =>
  error instanceof AppError && (error.code === 'NOT_FOUND' || error.code === 'CONFLICT');

const isUnauthenticated = (error: unknown): boolean => error instanceof AppError && error.code === 'UNAUTHENTICATED';

function failsRequest(error: unknown): error is AppError {
  return error instanceof AppError && error.rule.failsRequest;
}

function apolloLogger(logger: Logger) {
  return {
    debug: (message: string) => logger.debug(message),
    info: (message: string) => logger.info(message),
    warn: (message: string) => logger.warn(message),
    error: (message: string) => logger.error(message),
  };
}
