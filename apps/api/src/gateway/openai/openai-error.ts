import { describeError } from '../../describe-error.js';
import type { ErrorCode } from '../../errors.js';

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
  /** Whole seconds for Retry-After; null where nobody knows. */
  readonly retryAfterSeconds: number | null;
}

/** Gives whatever was thrown the shape of OpenAI's API. */
export function toOpenaiError(thrown: unknown, requestId: string): OpenaiError {
  const { code, message, details, status, retryAfterSeconds } = describeError(thrown, requestId);
  const type = TYPES[code] ?? 'invalid_request_error';
  return {
    status,
    body: { error: { message, type, param: details.field ?? null, code: code.toLowerCase() } },
    retryAfterSeconds,
  };
}

/** What is said in place of an endpoint that refused a request with 401 or 403 and gave no reason. */
export const refusalBody = (status: number, message: string): OpenaiErrorBody => ({
  error: {
    message,
    type: status === 401 ? 'authentication_error' : 'permission_error',
    param: null,
    code: 'endpoint_refused',
  },
});
