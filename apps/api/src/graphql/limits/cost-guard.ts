import type { ApolloServerPlugin } from '@apollo/server';
import { getVariableValues } from 'graphql';
import type { RequestContext } from '../../auth/request-context.js';
import { AppError } from '../../errors.js';
import type { Logger } from '../../log/logger.js';
import { formatGraphqlError } from '../errors.js';
import { writeInTurns } from '../pacing/answer-text.js';
import type { Pacer } from '../pacing/pacer.js';
import { costOf, DEAR_FIELDS, MOST_FIELDS, tooDear, type Sizes } from './cost.js';
import type { DearQueries } from './dear-queries.js';

/** An answer of fewer fields is written in one go. */
const WRITTEN_AT_ONCE = 500;
/** UTF-16 code units that are written in the time of one field. */
const WRITTEN_IN_A_FIELD = 60;
/** A dear query that is not answered by then no longer holds up the others of its person. */
const LONGEST_ANSWER_MS = 60_000;

interface Options {
  readonly sizes: () => Promise<Sizes>;
  readonly dear: DearQueries;
  readonly pacer: Pacer;
  /** Takes the text that was made of an answer's data. */
  readonly keepText: (data: object, text: string) => void;
  readonly logger: Logger;
}

/**
 * Refuses what would cost too much before anything is read, lets the dear queries of a person wait for each other, and
 * writes long answers in turns, up to 8 MB.
 */
export function costGuard({ sizes, dear, pacer, keepText, logger }: Options): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: async () => {
      let cost = 0;
      let leave = (): void => undefined;
      return {
        didResolveOperation: async ({ schema, document, operation, request, contextValue }) => {
          // An operation that is not there is refused by Apollo.
          if (operation === undefined) return;
          const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], request.variables ?? {}, {
            maxErrors: 1,
          });
          // Values that do not fit their types are refused before anything is read.
          if (coerced === undefined) return;
          const asked = { schema, document, operation, variables: coerced, sizes: await sizes() };
          cost = costOf(asked);
          if (cost > MOST_FIELDS) throw tooDear();
          if (cost < DEAR_FIELDS) return;
          leave = await dear.enter(contextValue.actor);
          setTimeout(leave, LONGEST_ANSWER_MS).unref();
        },
        willSendResponse: async ({ response, contextValue }) => {
          try {
            if (response.body.kind !== 'single') return;
            const { data } = response.body.singleResult;
            if (!data || cost < WRITTEN_AT_ONCE) return;
            const turn = (written: number) => pacer.turn(contextValue, Math.ceil(written / WRITTEN_IN_A_FIELD));
            keepText(data, await writeInTurns(data, turn));
          } catch (error) {
            const requestId = contextValue.origin.requestId ?? '';
            // As where it is refused before it runs.
            if (error instanceof AppError) response.http.status = error.rule.httpStatus;
            response.body = {
              kind: 'single',
              singleResult: { errors: [formatGraphqlError(error, requestId, logger)] },
            };
          } finally {
            leave();
          }
        },
      };
    },
  };
}
