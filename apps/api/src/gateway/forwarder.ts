import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Endpoint, Problem } from '@intrallm/providers';
import type { Dispatcher } from 'undici';
import { can, type Actor } from '../auth/actor.js';
import type { Connection } from '../connections/connection.entity.js';
import { AppError } from '../errors.js';
import type { Secret } from '../secrets/secret.entity.js';
import { isTimeout, learn, whyOf } from './attempt-lessons.js';
import { Attempt, type AttemptResult, type KeptAnswer, type Outcome } from './attempt.js';
import { scanBody, type StringField } from './body-scanner.js';
import { inOrder } from './candidate-order.js';
import type { Dialect } from './dialect.js';
import type { EndpointLoad } from './endpoint-load.js';
import { responseHeaders, WHOLE_HEADERS, type HeaderList } from './forwarded-headers.js';
import { mayUseModel } from './model-allowlist.js';
import { dispatchOptions, endMarksOf, mayBeCounted, toTarget, type Form, type Target } from './outbound-request.js';
import type { ResponseOwners } from './response-owners.js';
import { isHealthy, type Candidate, type Route } from './routing-table.js';
import type { RoutingService } from './routing.service.js';
import { StreamOptions } from './stream-options.js';
import { NO_TOKENS, type TokenCounts } from './stream-tap.js';
import type { TrafficObserver } from './traffic-observer.js';
import { shortened, unknownModel } from './unknown-model.js';

/** Of one request, to all endpoints together. */
const ATTEMPTS = { limit: 4, withinMs: 30_000 };
const RESPONSES = '/responses';

/** What the gateway needs of its neighbours, so that it can be tried without them. */
export interface ForwarderOptions {
  readonly routing: RoutingService;
  readonly open: (connection: Connection, secrets: readonly Secret[]) => { endpoint: Endpoint } | { problem: Problem };
  readonly dispatcher: Dispatcher;
  readonly observer: TrafficObserver;
  readonly load: EndpointLoad;
  readonly owners: ResponseOwners;
  readonly random?: () => number;
}

export interface ForwardRequest {
  readonly method: 'POST' | 'GET' | 'DELETE';
  /** Below the endpoint's base URL: "/chat/completions". */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly actor: Actor;
  /** Of our own, for every answer. */
  readonly answerHeaders: HeaderList;
  /** Is told the public name of the model once it is read, also where the request is refused then. */
  readonly onModel: (name: string) => void;
}

/** How a request ended whose answer was written, or whose caller left. */
export interface Forwarded {
  /** Null: the caller left before anybody answered. */
  readonly connectionId: string | null;
  readonly status: number | null;
  readonly outcome: Outcome;
  readonly attempts: number;
  readonly tokens: TokenCounts;
  /** Milliseconds from when the request was read to the first byte of the answer's body; null: none came. */
  readonly firstByteMs: number | null;
}

const WITHOUT_STREAM = { isStream: false, optionsAt: null };
const NOBODY = { connectionId: null, status: null, tokens: NO_TOKENS, firstByteMs: null };

/** A candidate that did not answer for good, and why, for those who may see connections. */
interface Tried {
  readonly connection: Connection;
  readonly why: string;
}

interface Pin {
  readonly connectionId: string;
  /** Why nobody else can serve: for the caller. */
  readonly otherwise: AppError;
}

interface Asked extends ForwardRequest {
  readonly model: StringField;
  /** The only one that may be asked; null: whoever has the model. */
  readonly pin: Pin | null;
  /** In place of `body`. */
  readonly form?: Form;
  /** Of a request in another API than OpenAI's. */
  readonly dialect?: Dialect;
  readonly isStream: boolean;
  /** Where the body takes the question for token counts; null: it is not to be asked. */
  readonly optionsAt: number | null;
  readonly startedAt: number;
}

/** What one attempt is made with. */
interface Asking {
  readonly answer: ServerResponse;
  /** Of our own, for its answer. */
  readonly headers: HeaderList;
  readonly target: Target;
}

/** Sends a request to an endpoint that has its model, and where that one fails to another, and writes the answer. */
export class Forwarder {
  /** Until the connection is read again, which is with every change of it. */
  readonly #targets = new WeakMap<Connection, Target | Problem>();
  readonly #streamOptions = new StreamOptions();

  constructor(private readonly options: ForwarderOptions) {}

  /**
   * Throws BAD_USER_INPUT, MODEL_NOT_FOUND, OVERLOADED or NO_HEALTHY_ENDPOINT, and then nothing is written to `answer`.
   * Resolves when the answer is over.
   */
  async forward(request: ForwardRequest, answer: ServerResponse): Promise<Forwarded> {
    const asked = this.#read(request);
    return this.#send(asked, this.#candidates(asked), answer);
  }

  /**
   * The same for a form: its file goes through as it comes, so it is sent once.
   */
  async forwardForm(request: ForwardRequest, form: Form, answer: ServerResponse): Promise<Forwarded> {
    const { model } = form.head;
    request.onModel(model.value);
    const pin = this.#pinOf(request, null);
    const asked = { ...request, ...WITHOUT_STREAM, model, pin, form, startedAt: performance.now() };
    return this.#send(asked, this.#candidates(asked).slice(0, 1), answer);
  }

  /** The same for a request in another API: each endpoint is asked, and its answer given, in the dialect's way. */
  async forwardIn(dialect: Dialect, request: ForwardRequest, answer: ServerResponse): Promise<Forwarded> {
    const model = { value: dialect.model, start: 0, end: 0 };
    request.onModel(dialect.model);
    const pin = this.#pinOf(request, null);
    const { isStream } = dialect;
    const asked = { ...request, model, pin, dialect, isStream, optionsAt: null, startedAt: performance.now() };
    return this.#send(asked, this.#candidates(asked), answer);
  }

  /** The same for a request about a response that was made before: it goes to the endpoint that has it. */
  async forwardToOwner(request: ForwardRequest, responseId: string, answer: ServerResponse): Promise<Forwarded> {
    const { owners, routing } = this.options;
    const owner = owners.find(request.actor, responseId, null);
    const server = routing.table.server(owner.connectionId);
    if (server === undefined) throw gone();
    const model = { value: owner.model, start: 0, end: 0 };
    const asked = { ...request, ...WITHOUT_STREAM, model, pin: null, startedAt: performance.now() };
    return this.#send(asked, [{ ...server, upstreamId: owner.model }], answer);
  }

  async #send(asked: Asked, candidates: readonly Candidate[], answer: ServerResponse): Promise<Forwarded> {
    const tried: Tried[] = [];
    let kept: { readonly connectionId: string; readonly status: number; readonly answer: KeptAnswer } | null = null;
    for (const candidate of candidates) {
      if (!mayGoOn(tried, asked.startedAt)) break;
      const { connection } = candidate;
      const result = await this.#ask(candidate, asked, answer);
      const attempts = tried.length + 1;
      if ('why' in result) tried.push({ connection, why: result.why });
      else if (result.kind === 'left') {
        return { ...NOBODY, outcome: 'client-abort', attempts };
      } else if (result.kind === 'passed') {
        const { status, outcome, tokens, firstByteAt } = result;
        const firstByteMs = firstByteAt === null ? null : firstByteAt - asked.startedAt;
        return { connectionId: connection.id, status, outcome, attempts, tokens, firstByteMs };
      } else if (result.kind === 'declined') {
        tried.push({ connection, why: `it answered ${String(result.status)}` });
        if (result.answer.body !== null) {
          kept = { connectionId: connection.id, status: result.status, answer: result.answer };
        }
      } else {
        // What is wrong with the caller's form shows only while it is sent on.
        if (result.error instanceof AppError) throw result.error;
        tried.push({ connection, why: whyOf(result.error) });
        if (isTimeout(result.error) && !asked.isStream) break;
      }
    }
    if (kept === null) throw this.#nobodyAnswered(asked, tried);
    writeKept(answer, kept, asked, tried.length);
    const { connectionId, status } = kept;
    return { ...NOBODY, connectionId, status, outcome: 'upstream-error', attempts: tried.length };
  }

  #read(request: ForwardRequest): Asked {
    const scanned = scanBody(request.body);
    if (scanned === null) throw new AppError('BAD_USER_INPUT', 'The body must be one JSON object.');
    if (scanned.isModelAmbiguous) {
      throw new AppError('BAD_USER_INPUT', 'The body must name one model, once, as "model".', { field: 'model' });
    }
    const { model, stream, previousResponseId, optionsAt } = scanned;
    if (model === null) throw new AppError('BAD_USER_INPUT', 'The body must name a model.', { field: 'model' });
    request.onModel(model.value);
    const pin = this.#pinOf(request, previousResponseId);
    return { ...request, model, pin, isStream: stream, optionsAt, startedAt: performance.now() };
  }

  /** A response that is gone on from is at one endpoint only; and who may see connections may name one. */
  #pinOf({ headers, actor, path }: ForwardRequest, previousResponseId: string | null): Pin | null {
    if (path === RESPONSES && previousResponseId !== null) {
      const { connectionId } = this.options.owners.find(actor, previousResponseId, 'previous_response_id');
      return { connectionId, otherwise: gone() };
    }
    const connectionId = headers['x-intrallm-connection'];
    if (typeof connectionId !== 'string' || !can(actor, 'CONNECTIONS_READ')) return null;
    const message = 'The connection of x-intrallm-connection does not serve this model.';
    return { connectionId, otherwise: new AppError('BAD_USER_INPUT', message, { field: 'x-intrallm-connection' }) };
  }

  /** In the order in which they are to be asked: healthy ones, then one of the others. */
  #candidates(asked: Asked): readonly Candidate[] {
    const { routing, load, random } = this.options;
    const name = asked.model.value;
    const route = routing.table.find(name);
    if (route === undefined || !mayUseModel(asked.actor, name)) throw unknownModel(routing.table, asked.actor, name);
    const all = pinned(asked.pin, route);
    const ordered = inOrder(asked.dialect === undefined ? all : asked.dialect.among(all), load, random);
    const firstOther = ordered.findIndex((candidate) => !isHealthy(candidate));
    return firstOther === -1 ? ordered : ordered.slice(0, firstOther + 1);
  }

  /** One attempt, with its place at the connection, and with what it shows told to those who care. */
  async #ask(
    candidate: Candidate,
    asked: Asked,
    answer: ServerResponse,
  ): Promise<AttemptResult | { readonly why: string }> {
    const { load, dispatcher } = this.options;
    const { connection } = candidate;
    const target = this.#targetOf(candidate);
    if ('message' in target) return { why: target.message };
    if (!load.take(connection) && !(await this.#place(connection, answer))) return { kind: 'left' };
    const overheadMs = (performance.now() - asked.startedAt).toFixed(2);
    const headers = asked.answerHeaders.concat(
      ...['x-intrallm-connection', connection.id, 'x-intrallm-overhead-ms', overheadMs],
    );
    const settings = {
      ...{ headers, secrets: target.secrets, endMarks: endMarksOf(asked, connection), isOllama: false },
      onResponseId: asked.path === RESPONSES ? (id: string) => this.#remember(asked, connection, id) : null,
    };
    try {
      if (asked.dialect !== undefined) {
        return await this.#askIn(asked.dialect, candidate, asked, { answer, headers, target });
      }
      for (;;) {
        const asksForTokens = this.#streamOptions.mayAsk(connection) && mayBeCounted(asked);
        const attempt = new Attempt(answer, { ...settings, asksForTokens });
        dispatcher.dispatch(dispatchOptions(asked, candidate, target, asksForTokens), attempt);
        const result = await attempt.result;
        if (result.kind !== 'question-refused') {
          learn(connection, result, asked.isStream, this.options);
          return result;
        }
        // Once more without the question, which from now on is not put.
        this.#streamOptions.refused(connection);
      }
    } finally {
      load.release(connection.id);
    }
  }

  async #askIn(
    dialect: Dialect,
    candidate: Candidate,
    asked: Asked,
    { answer, headers, target }: Asking,
  ): Promise<AttemptResult> {
    const { path, isNative, body, model, change } = dialect.wayTo(candidate);
    const changed = change === null ? null : change(answer);
    const attempt = new Attempt(changed ?? answer, {
      ...{ headers, secrets: target.secrets, endMarks: isNative ? 'ALWAYS' : 'NONE', isOllama: isNative },
      ...{ onResponseId: null, asksForTokens: false },
    });
    const place = isNative ? { ...target, basePath: target.nativePath } : target;
    this.options.dispatcher.dispatch(
      dispatchOptions({ ...asked, path, body, model }, candidate, place, false),
      attempt,
    );
    // Nothing was put into it that could be refused.
    const result = (await attempt.result) as AttemptResult;
    learn(candidate.connection, result, asked.isStream, this.options);
    return changed === null ? result : changed.judge(result);
  }

  #remember({ actor, model }: Asked, { id: connectionId }: Connection, responseId: string): void {
    this.options.owners.remember(actor, responseId, { connectionId, model: model.value });
  }

  #targetOf({ connection, secrets }: Candidate): Target | Problem {
    const known = this.#targets.get(connection);
    if (known !== undefined) return known;
    const opened = this.options.open(connection, secrets);
    const target = 'problem' in opened ? opened.problem : toTarget(opened.endpoint);
    this.#targets.set(connection, target);
    return target;
  }

  /** False: the caller left while waiting. */
  async #place(connection: Connection, answer: ServerResponse): Promise<boolean> {
    const left = new AbortController();
    const onClose = (): void => left.abort();
    answer.once('close', onClose);
    try {
      await this.options.load.wait(connection, left.signal);
      return true;
    } catch (error) {
      if (left.signal.aborted) return false;
      throw error;
    } finally {
      answer.off('close', onClose);
    }
  }

  #nobodyAnswered({ model, actor }: Asked, tried: readonly Tried[]): AppError {
    const count =
      tried.length === 1 ? 'its endpoint did not answer' : `${String(tried.length)} endpoints did not answer`;
    const who = tried.map(({ connection, why }) => `${connection.name}: ${why}`).join('; ');
    const detail = can(actor, 'CONNECTIONS_READ') ? ` (${who})` : '';
    return new AppError(
      'NO_HEALTHY_ENDPOINT',
      `The model "${shortened(model.value)}" cannot be reached right now: ${count}${detail}.`,
      { retryAfterMs: 2_000, tried: tried.length },
    );
  }
}

/** Those that may be asked: all of the route, or the one that it has to be. */
function pinned(pin: Pin | null, { candidates }: Route): readonly Candidate[] {
  if (pin === null) return candidates;
  const one = candidates.filter(({ connection }) => connection.id === pin.connectionId);
  if (one.length > 0) return one;
  throw pin.otherwise;
}

const gone = (): AppError =>
  new AppError(
    'CONFLICT',
    'The endpoint that has this response is not available. Send the whole conversation instead.',
  );

function mayGoOn(tried: readonly Tried[], startedAt: number): boolean {
  return tried.length === 0 || (tried.length < ATTEMPTS.limit && performance.now() - startedAt < ATTEMPTS.withinMs);
}

function writeKept(
  answer: ServerResponse,
  kept: { readonly connectionId: string; readonly status: number; readonly answer: KeptAnswer },
  { answerHeaders }: Asked,
  attempts: number,
): void {
  const spent = attempts > 1;
  const { 'content-length': _length, 'x-should-retry': shouldRetry, ...headers } = kept.answer.headers;
  answer.writeHead(kept.status, [
    ...responseHeaders(spent ? headers : { ...headers, 'x-should-retry': shouldRetry }),
    ...answerHeaders,
    ...WHOLE_HEADERS,
    ...['x-intrallm-connection', kept.connectionId],
    ...['content-length', String(kept.answer.body?.length ?? 0)],
    // Official clients retry by themselves, and each of their tries would be all of ours again.
    ...(spent ? ['x-should-retry', 'false'] : []),
  ]);
  answer.end(kept.answer.body);
}
