import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { translateDatabaseError } from '../database/database-error.js';
import { unexpected } from '../describe-error.js';
import { AppError } from '../errors.js';
import type { Logger } from '../log/logger.js';
import { isLikeAKey, withoutValues } from './without-values.js';

/** Codes that Apollo and this pipeline give to requests that never reach a resolver. */
const REQUEST_ERRORS = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
  'OPERATION_RESOLUTION_FAILURE',
  'BAD_REQUEST',
  'QUERY_TOO_EXPENSIVE',
]);

/** The error behind a GraphQL error: what a resolver threw. An error of the database driver becomes UNAVAILABLE. */
export function originalError(error: unknown): unknown {
  const original = error instanceof GraphQLError ? (error.originalError ?? error) : error;
  // graphql-js wraps a thrown value that is no instance of Error, such as an Error of another realm.
  const { thrownValue } = original as { thrownValue?: unknown };
  return translateDatabaseError(thrownValue ?? original);
}

/** Any error as the one that graphql-js would make of it: `formatGraphqlError` finds the original in it again. */
export function asGraphqlError(error: unknown): GraphQLError {
  const original = error instanceof Error ? error : new Error(String(error));
  return new GraphQLError(original.message, { originalError: original });
}

/**
 * The one translation of errors for every GraphQL transport. An AppError keeps its code and details, and an error of
 * GraphQL itself its message. Every other error becomes INTERNAL: the log has it in full, the caller gets a request id.
 */
export function formatGraphqlError(error: unknown, requestId: string, logger: Logger): GraphQLFormattedError {
  const place = error instanceof GraphQLError ? placeOf(error) : {};
  const original = originalError(error);
  if (original instanceof AppError) {
    logger[original.rule.logLevel]({ err: original, code: original.code, requestId }, 'a GraphQL request was refused');
    return { message: original.message, ...place, extensions: { code: original.code, ...original.details, requestId } };
  }
  // Apollo wraps the errors of GraphQL itself, so both the wrapper and the error inside are GraphQL errors.
  if (error instanceof GraphQLError && original instanceof GraphQLError) {
    const code = codeOf(error);
    if (REQUEST_ERRORS.has(code))
      return { message: withoutValues(error.message), ...place, extensions: { code, requestId } };
    if (code === 'BAD_USER_INPUT' || error.path === undefined) {
      return {
        message: coercionMessage(error),
        ...place,
        extensions: { code: 'BAD_USER_INPUT', ...inputField(error), requestId },
      };
    }
  }
  if (isInputCoercion(error)) {
    return {
      message: coercionMessage(error),
      ...place,
      extensions: { code: 'BAD_USER_INPUT', ...inputField(error), requestId },
    };
  }
  logger.error({ err: original, requestId }, 'a GraphQL request failed');
  return {
    message: unexpected(requestId).message,
    ...place,
    extensions: { code: 'INTERNAL', requestId },
  };
}

/** Apollo sets the code; errors over a socket have none. */
function codeOf(error: GraphQLError): string {
  const { message, extensions } = error;
  if (typeof extensions['code'] === 'string') return extensions['code'];
  if (isInputCoercion(error)) return 'BAD_USER_INPUT';
  return message.startsWith('Syntax Error') ? 'GRAPHQL_PARSE_FAILED' : 'GRAPHQL_VALIDATION_FAILED';
}

function placeOf(error: GraphQLError): Pick<GraphQLFormattedError, 'locations' | 'path'> {
  return {
    ...(error.locations === undefined ? {} : { locations: error.locations }),
    ...(error.path === undefined ? {} : { path: error.path }),
  };
}

/**
 * Other errors about variables come from validation: one is never used, not defined, or of another type than its place.
 */
const COERCION =
  /^(?:Variable "\$\w+" (?:got invalid value|of required type|of non-null type|expected value of type)|Argument ".*" (?:of|has))/;

/**
 * Whether a variable or argument does not fit its type: graphql-js throws such an error, without a code, when it reads
 * values.
 */
function isInputCoercion(error: unknown): error is GraphQLError {
  return error instanceof GraphQLError && COERCION.test(error.message);
}

/** Reasons of graphql-js that name types and fields and no value. */
const REASON_WITHOUT_VALUE =
  /^(?:Field "\w+" (?:of required type "[^"]+" was not provided|is not defined by type "\w+")|Expected (?:non-nullable )?type "[^"]+" (?:not to be null|to be an object)|DateTime must be )/;
/** "String cannot represent a non string value", of "String cannot represent a non string value: [42]". */
const CANNOT_REPRESENT = /^\w+ cannot represent [\w -]+/;

/**
 * The message of graphql-js quotes the value and the whole input around it, and a key may be in there: this one does
 * not.
 */
function coercionMessage(error: GraphQLError): string {
  if (!error.message.includes(' invalid value ')) return withoutValues(error.message);
  const [, name] = /^(?:Variable "\$|Argument ")(\w+)"/.exec(error.message) ?? [];
  const place = inputField(error).field ?? (name === undefined || isLikeAKey(name) ? 'input' : name);
  const reason = /; ([^;]*)$/s.exec(error.message)?.[1] ?? '';
  const told = REASON_WITHOUT_VALUE.test(reason) ? reason : CANNOT_REPRESENT.exec(reason)?.[0];
  const shown = withoutValues(told ?? 'the value does not fit its type');
  return `${place} is not usable: ${shown}${shown.endsWith('.') ? '' : '.'}`;
}

/** graphql-js names the place as `at "input.headers[2].name"`; ours is `input.headers.2.name`. */
function inputField(error: GraphQLError): { field?: string } {
  const at =
    / at "([\w.[\]]+)"; [^;]*$/.exec(error.message)?.[1] ??
    /^(?:Variable "\$|Argument ")(\w+)"/.exec(error.message)?.[1];
  // The caller chose the name of the variable: it may be a key.
  return at === undefined || at.split('.').some(isLikeAKey) ? {} : { field: at.replace(/\[(\d+)\]/g, '.$1') };
}
