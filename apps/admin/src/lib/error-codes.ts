import { CombinedGraphQLErrors, ServerError } from '@apollo/client/errors';

/** The codes of `extensions.code` that the app treats differently. Any other is UNKNOWN to it. */
const knownCodes = [
  'UNAUTHENTICATED',
  'INVALID_CREDENTIALS',
  'FORBIDDEN',
  'REAUTH_REQUIRED',
  'BAD_USER_INPUT',
  'SECRET_REQUIRED',
  'NOT_FOUND',
  'CONFLICT',
  'MANAGED',
  'RATE_LIMITED',
  'CURSOR_EXPIRED',
  'QUERY_TOO_EXPENSIVE',
  'UNAVAILABLE',
  'INTERNAL',
] as const;

/** NETWORK: no answer came at all. */
export type ErrorCode = (typeof knownCodes)[number] | 'NETWORK' | 'UNKNOWN';

export interface FieldIssue {
  /** Dotted path of the argument, "input.headers.2.name". */
  field: string;
  message: string;
}

/** What the app knows of a failure: a code to decide by, and words to show. */
export interface Failure {
  code: ErrorCode;
  message: string;
  issues: FieldIssue[];
  retryAfterMs: number | null;
  requestId: string | null;
  /** Of a CONFLICT: the version that the server has. */
  currentVersion: number | null;
  /** Of a CONFLICT about a name: the connection that has it. */
  existingId: string | null;
}

interface RawError {
  message: string;
  extensions: Record<string, unknown>;
}

const ownWords: Partial<Record<ErrorCode, string>> = {
  NETWORK: 'The server cannot be reached. Check your connection to it.',
  UNAUTHENTICATED: 'Your session has ended. Sign in again.',
  FORBIDDEN: 'You may not do this.',
  UNAVAILABLE: 'The server cannot do this right now. Try again in a moment.',
  INTERNAL: 'Something went wrong on the server.',
};

/** Reads any thrown value. Never throws itself, so that it can stand in every catch. */
export function readFailure(error: unknown): Failure {
  if (CombinedGraphQLErrors.is(error)) {
    const first = error.errors[0];
    return fromRaw({ message: first?.message ?? error.message, extensions: first?.extensions ?? {} });
  }
  if (ServerError.is(error)) return fromRaw(readBody(error.bodyText, error.statusCode));
  if (isGraphQLErrorList(error)) return fromRaw({ extensions: {}, ...error[0] });
  return fromRaw({ message: '', extensions: { code: 'NETWORK' } });
}

/** The code alone. */
export function errorCode(error: unknown): ErrorCode {
  return readFailure(error).code;
}

/** The message for one argument, by the last part of its path or by the whole of it. */
export function issueFor(failure: Failure | null, field: string): string | null {
  const issue = failure?.issues.find((one) => one.field === field || one.field.endsWith(`.${field}`));
  return issue?.message ?? null;
}

function fromRaw({ message, extensions }: RawError): Failure {
  const code = parseCode(extensions['code']);
  const requestId = stringOrNull(extensions['requestId']);
  return {
    code,
    message: words(code, message, requestId),
    issues: parseIssues(extensions, message),
    retryAfterMs: numberOrNull(extensions['retryAfterMs']),
    requestId,
    currentVersion: numberOrNull(extensions['currentVersion']),
    existingId: stringOrNull(extensions['existingId']),
  };
}

function words(code: ErrorCode, message: string, requestId: string | null): string {
  if (code === 'INTERNAL') return `${ownWords.INTERNAL}${requestId ? ` Its log has more under ${requestId}.` : ''}`;
  if (code === 'NETWORK' || code === 'UNAUTHENTICATED') return ownWords[code] ?? message;
  return message || ownWords[code] || 'This did not work.';
}

function parseCode(code: unknown): ErrorCode {
  return knownCodes.find((known) => known === code) ?? (code === 'NETWORK' ? 'NETWORK' : 'UNKNOWN');
}

function parseIssues(extensions: Record<string, unknown>, message: string): FieldIssue[] {
  const { issues, field } = extensions;
  if (Array.isArray(issues)) return issues.filter(isFieldIssue);
  return typeof field === 'string' ? [{ field, message }] : [];
}

function isFieldIssue(issue: unknown): issue is FieldIssue {
  return isRecord(issue) && typeof issue['field'] === 'string' && typeof issue['message'] === 'string';
}

function readBody(text: string, status: number): RawError {
  const byStatus: Record<number, ErrorCode> = { 401: 'UNAUTHENTICATED', 429: 'RATE_LIMITED', 503: 'UNAVAILABLE' };
  const fallback = { message: '', extensions: { code: byStatus[status] ?? 'UNKNOWN' } };
  try {
    const body: unknown = JSON.parse(text);
    const errors = isRecord(body) ? body['errors'] : null;
    const first: unknown = Array.isArray(errors) ? errors[0] : null;
    if (!isRecord(first) || typeof first['message'] !== 'string') return fallback;
    const extensions = isRecord(first['extensions']) ? first['extensions'] : {};
    return { message: first['message'], extensions: { ...fallback.extensions, ...extensions } };
  } catch {
    // A proxy's page, not the API's answer: the status is all there is.
    return fallback;
  }
}

/** graphql-ws hands over the errors of a refused subscription as they came: a plain list. */
function isGraphQLErrorList(error: unknown): error is [Partial<RawError> & { message: string }] {
  return Array.isArray(error) && isRecord(error[0]) && typeof error[0]['message'] === 'string';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function stringOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
