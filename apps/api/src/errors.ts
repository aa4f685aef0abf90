/**
 * What callers decide by. The first block is ours, in GraphQL's `extensions.code`; the second belongs to the gateway.
 */
export type ErrorCode =
  | 'UNAUTHENTICATED'
  | 'INVALID_CREDENTIALS'
  | 'FORBIDDEN'
  | 'REAUTH_REQUIRED'
  | 'BAD_USER_INPUT'
  | 'SECRET_REQUIRED'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'MANAGED'
  | 'RATE_LIMITED'
  | 'CURSOR_EXPIRED'
  | 'QUERY_TOO_EXPENSIVE'
  | 'UNAVAILABLE'
  | 'INTERNAL'
  | 'MODEL_NOT_FOUND'
  | 'PREVIOUS_RESPONSE_NOT_FOUND'
  | 'NO_HEALTHY_ENDPOINT'
  | 'ENDPOINT_TIMEOUT'
  | 'BODY_TOO_LARGE'
  | 'UNSUPPORTED_TYPE'
  | 'OVERLOADED'
  | 'LOOP';

export interface ErrorRule {
  /** Status of a plain HTTP answer; GraphQL answers 200 but for those with `failsRequest`. */
  readonly httpStatus: number;
  /** The whole GraphQL response takes `httpStatus`, not only the field. */
  readonly failsRequest: boolean;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

const rule = (httpStatus: number, logLevel: ErrorRule['logLevel'] = 'debug', failsRequest = false): ErrorRule => ({
  httpStatus,
  failsRequest,
  logLevel,
});

/**
 * The one table that decides what an error means outside. Every code has a row; a test holds it against design and use.
 */
export const ERROR_RULES: Readonly<Record<ErrorCode, ErrorRule>> = {
  UNAUTHENTICATED: rule(401),
  INVALID_CREDENTIALS: rule(401, 'info'),
  FORBIDDEN: rule(403, 'info'),
  REAUTH_REQUIRED: rule(403),
  BAD_USER_INPUT: rule(400),
  SECRET_REQUIRED: rule(400),
  NOT_FOUND: rule(404),
  CONFLICT: rule(409),
  MANAGED: rule(409),
  RATE_LIMITED: rule(429, 'info'),
  CURSOR_EXPIRED: rule(410),
  QUERY_TOO_EXPENSIVE: rule(400, 'info'),
  UNAVAILABLE: rule(503, 'error', true),
  INTERNAL: rule(500, 'error'),
  MODEL_NOT_FOUND: rule(404),
  PREVIOUS_RESPONSE_NOT_FOUND: rule(400),
  NO_HEALTHY_ENDPOINT: rule(503, 'warn'),
  ENDPOINT_TIMEOUT: rule(504, 'warn'),
  BODY_TOO_LARGE: rule(413, 'info'),
  UNSUPPORTED_TYPE: rule(415),
  OVERLOADED: rule(503, 'warn', true),
  LOOP: rule(508, 'warn'),
};

/** One wrong field of an input: a dotted path such as `input.headers.2.name`, and what is wrong with it. */
export interface InputIssue {
  readonly field: string;
  readonly message: string;
}

/** What a code carries besides its message; all of it is shown to the caller. */
export interface ErrorDetails {
  readonly field?: string;
  readonly issues?: readonly InputIssue[];
  readonly currentVersion?: number;
  readonly existingId?: string;
  readonly retryAfterMs?: number;
  /** Endpoints that were asked in vain. */
  readonly tried?: number;
}

/**
 * The only error that reaches callers as it is; anything else becomes INTERNAL behind a request id. The message is for
 * the person who can act and never holds a secret, a header or an upstream body.
 */
export class AppError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: ErrorDetails = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'AppError';
  }

  get rule(): ErrorRule {
    return ERROR_RULES[this.code];
  }
}

export const unauthenticated = (message = 'Sign in to do this.') => new AppError('UNAUTHENTICATED', message);
export const forbidden = (message = 'You may not do this.') => new AppError('FORBIDDEN', message);
export const notFound = (what: string) => new AppError('NOT_FOUND', `${what} does not exist.`);
export const unavailable = (message: string, cause?: unknown) => new AppError('UNAVAILABLE', message, {}, { cause });

/** The database cannot take it now and may take it later. */
export const isDatabaseTrouble = (error: unknown): boolean =>
  error instanceof AppError && (error.code === 'UNAVAILABLE' || error.code === 'OVERLOADED');

/** BAD_USER_INPUT naming the first wrong field in `field` and all of them in `issues`. */
export function badInput(issues: readonly [InputIssue, ...InputIssue[]]): AppError {
  return new AppError('BAD_USER_INPUT', issues[0].message, { field: issues[0].field, issues });
}
