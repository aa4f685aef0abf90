import { AppError, type ErrorCode } from '../errors.js';
import { translateDatabaseError } from '../database/database-error.js';

/** An error as the OpenAI API words it, so that official clients raise their own exceptions from it. */
interface OpenaiErrorBody {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string;
  };
}

const TYPES: Partial<Record<ErrorCode, string>> = {
  UNAUTHENTICATED: 'authentication_error',
  FORBIDDEN: 'permission_error',
  RATE_LIMITED: 'rate_limit_error',
  UNAVAILABLE: 'server_error',
  INTERNAL: 'server_error',
  NO_HEALTHY_ENDPOINT: 'server_error',
  ENDPOINT_TIMEOUT: 'server_error',
  OVERLOADED: 'server_error',
};

export interface OpenaiError {
  readonly status: number;
  readonly body: OpenaiErrorBody;
  /** Whole seconds for Retry-After; null where nothing is known. */
  readonly retryAfterSeconds: number | null;
}

/** Translates whatever was thrown; what is unknown is hidden behind the request id. */
export function toOpenaiError(thrown: unknown, requestId: string): OpenaiError {
  const error = translateDatabaseError(thrown);
  if (!(error instanceof AppError)) {
    const message = `Something went wrong on the server. Its log has the reason under ${requestId}.`;
    return {
      status: 500,
      body: { error: { message, type: 'server_error', param: null, code: 'internal' } },
      retryAfterSeconds: null,
    };
  }
  const { code, details, message } = error;
  const wait = details.retryAfterMs;
  return {
    status: error.rule.httpStatus,
    body: {
      error: {
        message,
        type: TYPES[code] ?? 'invalid_request_error',
        param: details.field ?? null,
        code: code.toLowerCase(),
      },
    },
    retryAfterSeconds: wait === undefined ? null : Math.ceil(wait / 1000),
  };
}
