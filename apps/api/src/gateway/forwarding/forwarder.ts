import type { ServerResponse } from 'node:http';
import { can } from '../../auth/actor.js';
import type { Connection } from '../../connections/connection.entity.js';
import { AppError } from '../../errors.js';
import { Audience } from '../../models/audience.js';
import { readBody, type ReadBody } from '../body/body-scanner.js';
import type { ModelForm } from '../forms/model-form.js';
import { inOrder } from '../routing/candidate-order.js';
import { isHealthy, type Candidate, type Route } from '../routing/routing-table.js';
import type { RoutingService } from '../routing/routing.service.js';
import { shortened, unknownModel } from '../routing/unknown-model.js';
import { NO_TOKENS } from '../streams/stream-tap.js';
import { isTimeout, describeFailure } from './attempt-evidence.js';
import type { AttemptResult } from './attempt.js';
import type { Dialect } from './dialect.js';
import { EndpointAsker, type AskerOptions } from './endpoint-asker.js';
import { endpointTimeout, whyBrokenOff } from './endpoint-timeout.js';
import type { Asked, Forwarded, ForwardRequest, Pin } from './forward-request.js';
import { withDropped } from './forwarded-headers.js';
import { KeptAnswers, writeKept } from './kept-answer.js';
import { previousResponseNotFound, responseNotFound } from './response-owners.js';

/** Of one request, to all endpoints together. */
const ATTEMPTS = { limit: 4, withinMs: 30_000 };
const RESPONSES = '/responses';

/** What the gateway needs of its neighbours, so that it can be tried without them. */
export interface ForwarderOptions extends AskerOptions {
  readonly routing: RoutingService;
  readonly random?: () => number;
}

const WITHOUT_STREAM = { isStream: false, optionsAt: null };

const NOBODY = { connectionId: null, status: null, tokens: NO_TOKENS, firstByteMs: null };

/** A candidate that did not answer for good, and why, for those who may see connections. */
interface Tried {
  readonly connection: Connection;
  readonly why: string;
  /** It accepted the request and did not begin to answer in time. */
  readonly timedOut?: boolean;
}

/** Sends a request to an endpoint that has its model, and where that one fails to another, and writes the answer. */
export class Forwarder {
  readonly #asker: EndpointAsker;

  constructor(private readonly options: ForwarderOptions) {
    this.#asker = new EndpointAsker(options);
  }

  /**
   * Throws BAD_USER_INPUT, MODEL_NOT_FOUND, OVERLOADED, ENDPOINT_TIMEOUT or NO_HEALTHY_ENDPOINT, and then nothing is written to `answer`.
   * Resolves when the answer is over.
   */
  forward(request: ForwardRequest, answer: ServerResponse): Promise<Forwarded> {
    const body = readBody(request.body, { isBoundToModels: !Audience.of(request.actor).seesAll });
    if (body instanceof Promise) return body.then((read) => this.#forward(request, read, answer));
    return this.#forward(request, body, answer);
  }

  #forward(request: ForwardRequest, body: ReadBody, answer: ServerResponse): Promise<Forwarded> {
    const asked = this.#read(request, body);
    return this.#send(asked, this.#candidates(asked), answer);
  }

  /**
   * The same for a form: its file goes through as it comes, so it is sent once.
   */
  async forwardForm(request: ForwardRequest, form: ModelForm, answer: ServerResponse): Promise<Forwarded> {
    const model = { value: form.model, start: 0, end: 0 };
    request.onModel(form.model);
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
    const owner = owners.find(request.actor, responseId);
    const server = owner === null ? undefined : routing.table.server(owner.connectionId);
    if (owner === null || server === undefined) throw responseNotFound(responseId);
    const model = { value: owner.model, start: 0, end: 0 };
    const asked = { ...request, ...WITHOUT_STREAM, model, pin: null, startedAt: performance.now() };
    return this.#send(asked, [{ ...server, upstreamId: owner.model, file: null }], answer);
  }

  async #send(asked: Asked, candidates: readonly Candidate[], answer: ServerResponse): Promise<Forwarded> {
    const tried: Tried[] = [];
    const kept = new KeptAnswers();
    for (const candidate of candidates) {
      if (!mayGoOn(tried, asked.startedAt)) break;
      const { connection } = candidate;
      const result = await this.#asker.ask(candidate, asked, answer);
      if ('why' in result) tried.push({ connection, why: result.why });
      else if (result.kind === 'left') {
        return { ...NOBODY, outcome: 'client-abort', attempts: tried.length + 1 };
      } else if (result.kind === 'passed') return passed(result, connection, asked, tried.length + 1);
      else if (result.kind === 'declined') {
        const { status, answer: words } = result;
        tried.push({ connection, why: `it answered ${String(status)}` });
        kept.add({ connectionId: connection.id, status, answer: words });
      } else {
        // What is wrong with the caller's form shows only while it is sent on.
        if (result.error instanceof AppError) throw result.error;
        const timedOut = isTimeout(result.error);
        tried.push({ connection, why: describeFailure(result.error), timedOut });
        // It may be at work, which would be done twice: what others said before is not the last word.
        if (timedOut && !asked.isStream) throw this.#nobodyAnswered(asked, tried);
      }
    }
    const { best } = kept;
    if (best === null) throw this.#nobodyAnswered(asked, tried);
    writeKept(answer, best, asked, tried.length);
    const { connectionId, status } = best;
    return { ...NOBODY, connectionId, status, outcome: 'upstream-error', attempts: tried.length };
  }

  #read(request: ForwardRequest, read: ReadBody): Asked {
    const { bytes, dropped, model, stream, previousResponseId, optionsAt, instance } = read;
    if (model === null) throw new AppError('BAD_USER_INPUT', 'The body must name a model.', { field: 'model' });
    request.onModel(model.value);
    const pin = this.#pinOf(request, previousResponseId);
    const { method, path, headers, actor, onModel } = request;
    const answerHeaders = withDropped(request.answerHeaders, dropped);
    const startedAt = performance.now();
    // One by one: a spread of all of them costs as much as the scan of a short body.
    // prettier-ignore
    return {
      method, path, headers, body: bytes, actor, answerHeaders, onModel, model, pin, isStream: stream, optionsAt, instance, startedAt,
    };
  }

  /** A response that is gone on from is at one endpoint only; and who may see connections may name one. */
  #pinOf({ headers, actor, path }: ForwardRequest, previousResponseId: string | null): Pin | null {
    if (path === RESPONSES && previousResponseId !== null) {
      const owner = this.options.owners.find(actor, previousResponseId);
      const otherwise = previousResponseNotFound(previousResponseId);
      if (owner === null) throw otherwise;
      return { connectionId: owner.connectionId, otherwise };
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
    if (route === undefined || !Audience.of(asked.actor).allows(name))
      throw unknownModel(routing.table, asked.actor, name);
    const all = pinned(asked.pin, route);
    const ordered = inOrder(asked.dialect === undefined ? all : asked.dialect.among(all), load, random);
    const firstOther = ordered.findIndex((candidate) => !isHealthy(candidate));
    return firstOther === -1 ? ordered : ordered.slice(0, firstOther + 1);
  }

  #nobodyAnswered({ model, actor }: Asked, tried: readonly Tried[]): AppError {
    const late = tried.findLast(({ timedOut }) => timedOut === true);
    if (late !== undefined) return endpointTimeout(late.connection, { model: model.value, actor }, tried.length);
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

function mayGoOn(tried: readonly Tried[], startedAt: number): boolean {
  return tried.length === 0 || (tried.length < ATTEMPTS.limit && performance.now() - startedAt < ATTEMPTS.withinMs);
}

function passed(
  { status, outcome, tokens, firstByteAt, brokenOff }: AttemptResult & { readonly kind: 'passed' },
  connection: Connection,
  { startedAt }: Asked,
  attempts: number,
): Forwarded {
  const firstByteMs = firstByteAt === null ? null : firstByteAt - startedAt;
  const ended = { connectionId: connection.id, status, outcome, attempts, tokens, firstByteMs };
  return brokenOff === undefined ? ended : { ...ended, brokenOff: whyBrokenOff(brokenOff, connection) };
}
