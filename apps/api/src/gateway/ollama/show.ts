import { AppError } from '../../errors.js';
import { OllamaFormat } from '../answers/ollama-format.js';
import { isIntricate, withoutMark } from '../body/body-scanner.js';
import type { Dialect, OutboundPlan } from '../forwarding/dialect.js';
import { bodyTooLarge } from '../http/buffered-body.js';
import type { Candidate } from '../routing/routing-table.js';
import { instancesOf } from './ollama-dialect.js';
import { ollamaErrorBody } from './ollama-error.js';

/** A request for what is known of a model: its other fields are passed on. */
export interface ShowRequest {
  readonly model: string;
  readonly others: Readonly<Record<string, unknown>>;
}

/** `name` is what `model` was called before. Throws BAD_USER_INPUT. */
export function showRequest(body: Buffer | null): ShowRequest {
  if (body === null) throw new AppError('BAD_USER_INPUT', 'missing request body');
  const { model, name, ...others } = parse(body);
  // Ollama reads any case: a caller could name one model to us and another to it.
  if (Object.keys(others).some((key) => ['model', 'name'].includes(key.toLowerCase()))) {
    throw new AppError('BAD_USER_INPUT', 'The body must name one model, as "model".', { field: 'model' });
  }
  const wanted = typeof model === 'string' && model !== '' ? model : name;
  if (typeof wanted === 'string' && wanted !== '') return { model: wanted, others };
  throw new AppError('BAD_USER_INPUT', 'model is required', { field: 'model' });
}

/** The model that a body names as one for show does; null where it names none. */
export function nameIn(body: Buffer | null): string | null {
  try {
    return showRequest(body).model;
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

/** Has an Ollama instance say what it knows of its model. */
export class ShowDialect implements Dialect {
  readonly isStream = false;

  constructor(private readonly request: ShowRequest) {}

  among(candidates: readonly Candidate[]): readonly Candidate[] {
    return instancesOf(candidates);
  }

  planFor({ upstreamId }: Candidate): OutboundPlan {
    const bytes = Buffer.from(JSON.stringify({ model: upstreamId, ...this.request.others }));
    return {
      path: '/api/show',
      isNative: true,
      body: { bytes, model: null, instance: [], questionAt: null },
      asksForTokens: false,
      format: new OllamaFormat(false),
      tellsOfModels: true,
    };
  }

  refusal(_status: number, message: string): object {
    return ollamaErrorBody(message);
  }
}

/** It names a model, and little else. */
const MAX_BODY_BYTES = 1024 * 1024;

function parse(held: Buffer): Readonly<Record<string, unknown>> {
  if (held.length > MAX_BODY_BYTES) throw bodyTooLarge(MAX_BODY_BYTES);
  const body = withoutMark(held);
  if (isIntricate(body)) throw new AppError('BAD_USER_INPUT', 'The body has too many parts, or they lie too deep.');
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Told below, like every body that is no object.
  }
  throw new AppError('BAD_USER_INPUT', 'The body must be one JSON object.');
}
