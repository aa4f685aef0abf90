import { translateDatabaseError } from './database/database-error.js';
import { AppError, type ErrorCode, type ErrorDetails, type ErrorRule } from './errors.js';

/** What an error means to its caller, before an API gives it its shape. */
export interface DescribedError {
  readonly code: ErrorCode;
  /** HTTP status. */
  readonly status: number;
  /** For the caller: no secret and no text of a driver is in it. */
  readonly message: string;
  readonly details: ErrorDetails;
  /** Whole seconds for Retry-After; null where nobody knows. */
  readonly retryAfterSeconds: number | null;
  /** For the log: what was thrown, without the statement and parameters that a database driver adds. */
  readonly cause: unknown;
  readonly logLevel: ErrorRule['logLevel'];
}

/**
 * The one translation of whatever was thrown. An AppError means what its rule says, an error of the database's driver
 * is UNAVAILABLE, Fastify's refusals go by their status, and everything else is INTERNAL: its text stays in the log,
 * and the caller gets `requestId` to ask for it. Each API gives the result its own shape.
 */
export function describeError(thrown: unknown, requestId: string): DescribedError {
  const cause = translateDatabaseError(thrown);
  const refusal = cause instanceof AppError ? null : frameworkRefusal(cause);
  const error = cause instanceof AppError ? cause : (refusal?.error ?? unexpected(requestId));
  const { code, message, details, rule } = error;
  const { retryAfterMs } = details;
  return {
    code,
    message,
    details,
    cause: code === 'INTERNAL' ? cause : error,
    status: refusal?.status ?? rule.httpStatus,
    logLevel: rule.logLevel,
    retryAfterSeconds: retryAfterMs === undefined ? null : retryAfterSeconds(retryAfterMs),
  };
}

/** Retry-After has whole seconds: rounded up, so that nobody comes back too early. */
export const retryAfterSeconds = (retryAfterMs: number): number => Math.ceil(retryAfterMs / 1_000);

export const unexpected = (requestId: string): AppError =>
  new AppError('INTERNAL', `Something went wrong on the server. Its log has the reason under ${requestId}.`);

/**
 * What Fastify refuses by itself, such as a body over the limit or JSON that is none; null: the error is not Fastify's.
 */
function frameworkRefusal(thrown: unknown): { readonly status: number; readonly error: AppError } | null {
  const status = (thrown as { statusCode?: unknown } | null | undefined)?.statusCode;
  if (typeof status !== 'number') return null;
  if (status === 503) return { status, error: new AppError('OVERLOADED', 'The server is stopping.') };
  if (status < 400 || status >= 500) return null;
  const [code, message] = REFUSALS[status] ?? (['BAD_USER_INPUT', 'This request cannot be read.'] as const);
  return { status, error: new AppError(code, message, {}, { cause: thrown }) };
}

const REFUSALS: Readonly<Record<number, readonly [ErrorCode, string]>> = {
  404: ['NOT_FOUND', 'There is nothing here.'],
  413: ['BODY_TOO_LARGE', 'The body of this request is too large.'],
};
