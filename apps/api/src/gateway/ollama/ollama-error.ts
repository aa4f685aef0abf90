import { translateDatabaseError } from '../../database/database-error.js';
import { AppError } from '../../errors.js';

/** An error as Ollama words it: clients show the text and decide by the status. */
export interface OllamaError {
  readonly status: number;
  readonly body: { readonly error: string };
  /** Whole seconds for Retry-After; null where nothing is known. */
  readonly retryAfterSeconds: number | null;
}

/** Translates whatever was thrown; what is unknown is hidden behind the request id. */
export function toOllamaError(thrown: unknown, requestId: string): OllamaError {
  const refused = ownRefusal(thrown);
  if (refused !== null) return refused;
  const error = translateDatabaseError(thrown);
  if (!(error instanceof AppError)) {
    const message = `Something went wrong on the server. Its log has the reason under ${requestId}.`;
    return { status: 500, body: { error: message }, retryAfterSeconds: null };
  }
  const { retryAfterMs } = error.details;
  return {
    status: error.rule.httpStatus,
    body: { error: error.message },
    retryAfterSeconds: retryAfterMs === undefined ? null : Math.ceil(retryAfterMs / 1000),
  };
}

/** Fastify's own, such as a body over the limit. */
function ownRefusal(thrown: unknown): OllamaError | null {
  const { code, statusCode } = thrown as { code?: unknown; statusCode?: unknown };
  if (typeof code !== 'string' || !code.startsWith('FST_') || typeof statusCode !== 'number') return null;
  const message = code === 'FST_ERR_CTP_BODY_TOO_LARGE' ? 'The body is too large.' : 'The request is not usable.';
  return { status: statusCode, body: { error: message }, retryAfterSeconds: null };
}
