import { describeError } from '../../describe-error.js';

/** An error as Ollama words it: clients show the text and decide by the status. */
export interface OllamaError {
  readonly status: number;
  readonly body: { readonly error: string };
  /** Whole seconds for Retry-After; null where nobody knows. */
  readonly retryAfterSeconds: number | null;
}

/** Gives whatever was thrown the shape of Ollama's API. */
export function toOllamaError(thrown: unknown, requestId: string): OllamaError {
  const { status, message, retryAfterSeconds } = describeError(thrown, requestId);
  return { status, body: ollamaErrorBody(message), retryAfterSeconds };
}

export const ollamaErrorBody = (message: string): OllamaError['body'] => ({ error: message });
