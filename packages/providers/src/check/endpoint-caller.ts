import { authHeaders } from '../auth-headers.js';
import type { Deadlines, OutboundRequest, OutboundResponse, OutboundSession } from '../http.js';
import { kindSpec } from '../kinds/kinds.js';
import { errorWordsOf } from '../outbound/error-words.js';
import { ProviderError, type Endpoint, type Problem, type ProblemCode } from '../provider.js';
import { redact } from '../secrets/redact.js';
import { endpointMasks } from '../secrets/secret-mask.js';
import { pathOf, responseProblem, retryAfterMs } from './response-problem.js';

interface CallOptions extends Pick<OutboundRequest, 'method' | 'body' | 'maxBodyBytes' | 'skipsBody' | 'beforeLarge'> {
  /** At most this long, in milliseconds; never longer than what is left of the whole check. */
  readonly timeoutMs?: number;
  /** Sends the extra headers alone, to see whether the key is needed. */
  readonly withoutKey?: boolean;
}

/** Of an answer that is parsed as a whole. Lists of models are longer, and are not: see list/. */
const MAX_FACTS_BYTES = 1024 * 1024;
/** Objects, lists and entries of such an answer: more would take longer to parse than anything else may wait. */
const MOST_PARTS = 50_000;

/** An answer that is not the one asked for. */
export class AnswerError extends ProviderError {
  constructor(
    readonly response: OutboundResponse,
    problem: Problem,
    options?: ErrorOptions,
  ) {
    super(problem, retryAfterMs(response.headers), options);
    this.name = 'AnswerError';
  }
}

/** Requests to one endpoint with its key, within the time of one check. */
export interface EndpointCaller {
  readonly endpoint: Endpoint;
  /** Ends the check; null: nothing does but its time. */
  readonly signal: AbortSignal | null;
  /** Rejects with an OutboundError where there was no HTTP answer. */
  request(url: string, options?: CallOptions): Promise<OutboundResponse>;
  /** Rejects with an AnswerError (or an OutboundError) unless the answer is a success that holds JSON and no error. */
  json(url: string, options?: CallOptions): Promise<unknown>;
  /**
   * What `json` would give; null where it would reject. For what is good to know but not needed. An abort still
   * rejects.
   */
  optionalJson(url: string, options?: CallOptions): Promise<unknown>;
  remainingMs(): number;
}

export interface CallerSettings {
  readonly endpoint: Endpoint;
  readonly session: OutboundSession;
  /** On the clock of `performance.now()`. */
  readonly deadlineAt: number;
  readonly signal?: AbortSignal;
}

export function createEndpointCaller({ endpoint, session, deadlineAt, signal }: CallerSettings): EndpointCaller {
  const remainingMs = () => Math.max(1, deadlineAt - performance.now());
  const request = (url: string, options: CallOptions = {}) => {
    const { timeoutMs = Number.POSITIVE_INFINITY, withoutKey = false, ...rest } = options;
    return session.request({
      maxBodyBytes: MAX_FACTS_BYTES,
      ...rest,
      url,
      headers: authHeaders(endpoint, withoutKey),
      deadlines: deadlinesWithin(Math.min(timeoutMs, remainingMs())),
      ...(signal ? { signal } : {}),
    });
  };
  const json = async (url: string, options?: CallOptions) => parseAnswer(await request(url, options), endpoint);
  const optionalJson = async (url: string, options?: CallOptions) => {
    try {
      return await json(url, options);
    } catch (error) {
      if (error instanceof ProviderError) return null;
      throw error;
    }
  };
  return { endpoint, signal: signal ?? null, request, json, optionalJson, remainingMs };
}

/**
 * The JSON of a success. Throws an AnswerError for another status, an error told under 200, a page, or no JSON at all.
 */
export function parseAnswer(response: OutboundResponse, endpoint: Endpoint): unknown {
  requireSuccess(response, endpoint);
  const json = parseJson(response, endpoint);
  const words = errorWordsOf(json);
  if (words === null || holdsModels(json)) return json;
  const told =
    words.message === null ? 'an error without a text' : redact(words.message, endpointMasks(endpoint).words);
  throw failure(
    response,
    'UNEXPECTED_SHAPE',
    `answered ${response.status}, but with an error: ${told}`,
    urlHint(endpoint),
  );
}

/** Throws an AnswerError for another status than 2xx. */
export function requireSuccess(response: OutboundResponse, endpoint: Endpoint): void {
  if (response.status < 200 || response.status >= 300) {
    throw new AnswerError(response, responseProblem(response, endpoint));
  }
}

function parseJson(response: OutboundResponse, endpoint: Endpoint): unknown {
  if (hasMoreParts(response.bytes, MOST_PARTS)) {
    throw beginsLikeAPage(response)
      ? notJson(response, endpoint)
      : failure(response, 'UNEXPECTED_SHAPE', 'gave an answer of too many parts.', urlHint(endpoint));
  }
  try {
    return JSON.parse(response.body.trim());
  } catch (cause) {
    throw notJson(response, endpoint, cause);
  }
}

/** The error for an answer whose status was fine and that holds no JSON. */
export function notJson(response: OutboundResponse, endpoint: Endpoint, cause?: unknown): AnswerError {
  const isPage = beginsLikeAPage(response) || (response.headers['content-type'] ?? '').includes('html');
  const isEmpty = response.bytes.length <= LONGEST_BLANK && response.body.trim() === '';
  if (isEmpty) return failure(response, 'NOT_JSON', 'gave an empty answer.', urlHint(endpoint));
  const what = isPage ? 'gave a web page, not JSON.' : 'gave something that is not JSON.';
  return failure(response, 'NOT_JSON', what, isPage ? urlHint(endpoint) : null, cause);
}

/** In bytes: where the first letter of a page or of an answer is looked for. */
const LONGEST_BLANK = 4_096;

function beginsLikeAPage({ bytes }: OutboundResponse): boolean {
  return bytes.toString('utf8', 0, LONGEST_BLANK).trimStart().startsWith('<');
}

/** The error for an answer whose status was fine. The sentence goes on from "The endpoint … at <path>". */
export function failure(
  response: OutboundResponse,
  code: ProblemCode,
  predicate: string,
  hint: string | null,
  cause?: unknown,
): AnswerError {
  const message = `The endpoint at ${pathOf(response.url)} ${predicate}`;
  return new AnswerError(response, { code, message, hint, httpStatus: response.status }, { cause });
}

/** What usually helps where something else than the API answers. */
export const urlHint = ({ kind, url }: Endpoint): string => kindSpec(kind).urlHint(url);

/** Commas and opening brackets, those in strings included: it is a bound, not a count. */
function hasMoreParts(bytes: Buffer, most: number): boolean {
  let parts = 0;
  for (let at = 0; at < bytes.length && parts <= most; at += 1) {
    const byte = bytes[at];
    if (byte === 0x2c || byte === 0x5b || byte === 0x7b) parts += 1;
  }
  return parts > most;
}

function holdsModels(json: unknown): boolean {
  return typeof json === 'object' && json !== null && ('data' in json || 'models' in json);
}

function deadlinesWithin(totalMs: number): Deadlines {
  return {
    connectMs: totalMs,
    firstByteMs: Math.ceil(totalMs),
    idleMs: Math.ceil(totalMs),
    totalMs: Math.ceil(totalMs),
  };
}
