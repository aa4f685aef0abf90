import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { authHeaders, OutboundError, type Endpoint, type Problem, type ProblemCode } from '@intrallm/providers';
import type { Dispatcher } from 'undici';
import type { Actor } from '../auth/actor.js';
import type { Connection } from '../connections/connection.entity.js';
import { AppError } from '../errors.js';
import type { Secret } from '../secrets/secret.entity.js';
import { scanBody, withModel } from './body-scanner.js';
import { requestHeaders } from './forwarded-headers.js';
import { mayUseModel } from './model-allowlist.js';
import { inOrder, isHealthy, type Candidate, type Route } from './routing-table.js';
import type { RoutingService } from './routing.service.js';
import type { TrafficEvidence, TrafficObserver } from './traffic-observer.js';

/** Defaults where a connection sets none: a completion that does not stream sends its head only when it is done. */
const FIRST_BYTE_TIMEOUT_MS = 600_000;
const IDLE_TIMEOUT_MS = 120_000;

/** What the gateway needs of its neighbours, so that it can be tried without them. */
export interface ChatDependencies {
  readonly routing: RoutingService;
  readonly open: (connection: Connection, secrets: readonly Secret[]) => { endpoint: Endpoint } | { problem: Problem };
  readonly dispatcher: Dispatcher;
  readonly observer: TrafficObserver;
  readonly random?: () => number;
}

export interface ChatRequest {
  /** Below the endpoint's base URL, "/chat/completions". */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly actor: Actor;
  /** Fires when the caller goes away: the endpoint is told at once. */
  readonly signal: AbortSignal;
}

export interface ChatAnswer {
  readonly connectionId: string;
  readonly response: Dispatcher.ResponseData;
}

/** Sends a chat request to a connection that has its model and gives the answer as it begins, its body unread. */
export class ChatService {
  constructor(private readonly dependencies: ChatDependencies) {}

  /** Throws BAD_USER_INPUT, MODEL_NOT_FOUND or NO_HEALTHY_ENDPOINT; rejects with the signal's reason on abort. */
  async send(request: ChatRequest): Promise<ChatAnswer> {
    const scanned = scanBody(request.body);
    if (scanned === null) throw new AppError('BAD_USER_INPUT', 'The body must be one JSON object.');
    if (scanned.isModelAmbiguous) {
      throw new AppError('BAD_USER_INPUT', 'The body must name one model, once, as "model".', { field: 'model' });
    }
    if (scanned.model === null) {
      throw new AppError('BAD_USER_INPUT', 'The body must name a model.', { field: 'model' });
    }
    const name = scanned.model.value;
    const route = this.dependencies.routing.table.find(name);
    if (route === undefined || !mayUseModel(request.actor, name)) throw this.#unknownModel(name);
    let tried = 0;
    for (const candidate of this.#candidates(route)) {
      tried += 1;
      const parts =
        candidate.upstreamId === name ? [request.body] : withModel(request.body, scanned.model, candidate.upstreamId);
      const response = await this.#attempt(request, candidate, parts);
      if (response !== null) return { connectionId: candidate.connection.id, response };
    }
    const endpoints = tried === 1 ? 'its endpoint' : `${String(tried)} endpoints`;
    throw new AppError(
      'NO_HEALTHY_ENDPOINT',
      `The model "${name}" cannot be reached right now: ${endpoints} did not answer.`,
      {
        retryAfterMs: 2_000,
      },
    );
  }

  /** Healthy ones in order; where none is, the first of the others is tried all the same. */
  #candidates(route: Route): readonly Candidate[] {
    const ordered = inOrder(route.candidates, this.dependencies.random);
    const healthy = ordered.filter(isHealthy);
    return healthy.length > 0 ? healthy : ordered.slice(0, 1);
  }

  /** Null where nothing was sent because the endpoint could not be reached: then the next one may serve. */
  async #attempt(
    request: ChatRequest,
    candidate: Candidate,
    parts: readonly Buffer[],
  ): Promise<Dispatcher.ResponseData | null> {
    const { connection } = candidate;
    const opened = this.dependencies.open(connection, candidate.secrets);
    if ('problem' in opened) return null;
    const url = new URL(openaiBase(opened.endpoint) + request.path);
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    let response: Dispatcher.ResponseData;
    try {
      response = await this.dependencies.dispatcher.request({
        origin: url.origin,
        path: url.pathname,
        method: 'POST',
        headers: { ...requestHeaders(request.headers, authHeaders(opened.endpoint)), 'content-length': String(length) },
        body: parts.length === 1 ? (parts[0] ?? null) : Readable.from(parts, { objectMode: false }),
        signal: request.signal,
        headersTimeout: connection.firstByteTimeoutMs ?? FIRST_BYTE_TIMEOUT_MS,
        bodyTimeout: connection.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
      });
    } catch (error) {
      request.signal.throwIfAborted();
      return this.#failed(connection, error);
    }
    this.#tellMonitor(connection, response.statusCode);
    if (response.statusCode === 401 || response.statusCode === 403) {
      // Its words may quote the key, and a 401 would tell the caller that their own token is bad.
      discard(response);
      throw new AppError('NO_HEALTHY_ENDPOINT', 'The endpoint of this model refused the key that is stored for it.');
    }
    if (response.statusCode >= 300 && response.statusCode < 400) {
      discard(response);
      throw new AppError(
        'NO_HEALTHY_ENDPOINT',
        'The endpoint of this model answered with a redirect, which is not followed.',
      );
    }
    return response;
  }

  /** Null where no connection came about and the next endpoint may be tried; a request that may have arrived is not sent twice. */
  #failed(connection: Connection, error: unknown): null {
    if (error instanceof OutboundError) {
      this.#observe(connection, { kind: 'FAILED', problem: error.problem });
      return null;
    }
    const hasTimedOut = (error as { code?: unknown }).code === 'UND_ERR_HEADERS_TIMEOUT';
    const message = hasTimedOut ? 'did not begin to answer in time' : 'closed the connection without an answer';
    // A long first token is no sign of ill health: only the other case counts as evidence.
    if (!hasTimedOut) {
      const problem = {
        code: 'CONNECTION_RESET',
        message: `The endpoint ${message}.`,
        hint: null,
        httpStatus: null,
      } as const;
      this.#observe(connection, { kind: 'FAILED', problem });
    }
    throw new AppError('NO_HEALTHY_ENDPOINT', `The endpoint of this model ${message}.`, {}, { cause: error });
  }

  #tellMonitor(connection: Connection, httpStatus: number): void {
    const problem = (code: ProblemCode): Problem => ({
      code,
      message: `The endpoint answered ${String(httpStatus)} to a chat request.`,
      hint: null,
      httpStatus,
    });
    if (httpStatus === 401) this.#observe(connection, { kind: 'REFUSED', problem: problem('UNAUTHORIZED') });
    else if (httpStatus === 403) this.#observe(connection, { kind: 'REFUSED', problem: problem('FORBIDDEN') });
    // 503 is also what a server says while it loads or is busy: the next check tells which.
    else if (httpStatus >= 500 && httpStatus !== 501 && httpStatus !== 503) {
      this.#observe(connection, { kind: 'FAILED', problem: problem('UPSTREAM_ERROR') });
    } else if (httpStatus < 300) this.#observe(connection, { kind: 'ANSWERED' });
  }

  #observe(connection: Connection, evidence: TrafficEvidence): void {
    const { id, endpointRevision } = connection;
    this.dependencies.observer.observe(id, { ...evidence, endpointRevision });
  }

  #unknownModel(name: string): AppError {
    const shown = name.length > 200 ? `${name.slice(0, 200)}…` : name;
    return new AppError('MODEL_NOT_FOUND', `The model "${shown}" is not served here.`, { field: 'model' });
  }
}

/** Reads what is left of a short answer, so that its connection can serve again; nobody waits for it. */
function discard({ body }: Dispatcher.ResponseData): void {
  body.dump().catch(() => undefined);
}

/** Ollama speaks the OpenAI format under /v1. */
function openaiBase(endpoint: Endpoint): string {
  return endpoint.kind === 'OLLAMA' ? `${endpoint.url}/v1` : endpoint.url;
}
