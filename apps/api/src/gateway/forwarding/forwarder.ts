import { can } from '../../auth/actor.js';
import type { Connection } from '../../connections/connection.entity.js';
import { AppError } from '../../errors.js';
import { Audience } from '../../models/audience.js';
import { NO_TOKENS } from '../answers/token-counts.js';
import { inOrder } from '../routing/candidate-order.js';
import { isHealthy, type Candidate, type Route } from '../routing/routing-table.js';
import type { RoutingService } from '../routing/routing.service.js';
import { shortened, unknownModel } from '../routing/unknown-model.js';
import { isTimeout, describeFailure } from './attempt-evidence.js';
import type { AttemptResult } from './attempt-result.js';
import type { Dialect, Pin } from './dialect.js';
import { EndpointClient, type ClientOptions } from './endpoint-client.js';
import { endpointTimeout, whyBrokenOff } from './endpoint-timeout.js';
import type { Forwarded } from './forwarded.js';
import type { GatewayCall } from './gateway-call.js';
import { KeptAnswers, writeKept } from './kept-answer.js';

/** Of one request, to all endpoints together. */
const ATTEMPTS = { limit: 4, withinMs: 30_000 };

/** What the gateway needs of its neighbours, so that it can be tried without them. */
export interface ForwarderOptions extends ClientOptions {
  readonly routing: RoutingService;
  readonly random?: () => number;
}

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
  readonly #client: EndpointClient;

  constructor(private readonly options: ForwarderOptions) {
    this.#client = new EndpointClient(options);
  }

  /**
   * Resolves when the answer is over. `candidates` are the endpoints that may be sent the request, in order; by default
   * those that serve its model. Rejects with BAD_USER_INPUT, MODEL_NOT_FOUND, OVERLOADED, ENDPOINT_TIMEOUT or
   * NO_HEALTHY_ENDPOINT, and then nothing was written.
   */
  async forward(call: GatewayCall, dialect: Dialect, candidates = this.#candidates(call, dialect)): Promise<Forwarded> {
    const tried: Tried[] = [];
    const kept = new KeptAnswers();
    for (const candidate of candidates) {
      if (!mayGoOn(tried, call.startedAt)) break;
      const { connection } = candidate;
      const result = await this.#client.send(candidate, call, dialect);
      if (result.kind === 'passed') return passed(result, connection, call, tried.length + 1);
      if (result.kind === 'left') return { ...NOBODY, outcome: 'client-abort', attempts: tried.length + 1 };
      if (result.kind === 'not-sent') tried.push({ connection, why: result.why });
      else if (result.kind === 'declined') {
        const { status, answer } = result;
        tried.push({ connection, why: `it answered ${String(status)}` });
        kept.add({ connectionId: connection.id, status, answer });
      } else {
        // What is wrong with the caller's form shows only while it is sent on.
        if (result.error instanceof AppError) throw result.error;
        const timedOut = isTimeout(result.error);
        tried.push({ connection, why: describeFailure(result.error), timedOut });
        // It may be at work, which would be done twice: what others said before is not the last word.
        if (timedOut && !dialect.isStream) throw nobodyAnswered(call, tried);
      }
    }
    const { best } = kept;
    if (best === null) throw nobodyAnswered(call, tried);
    writeKept(call, dialect, best, tried.length);
    const { connectionId, status } = best;
    return { ...NOBODY, connectionId, status, outcome: 'upstream-error', attempts: tried.length };
  }

  /** In the order in which they are to be asked: healthy ones, then one of the others. */
  #candidates(call: GatewayCall, dialect: Dialect): readonly Candidate[] {
    const { routing, load, random } = this.options;
    const { actor, model } = call;
    const pin = dialect.pin ?? namedByCaller(call);
    const route = routing.table.find(model);
    if (route === undefined || !Audience.of(actor).allows(model)) throw unknownModel(routing.table, actor, model);
    const ordered = inOrder(dialect.among(pinned(pin, route)), load, random);
    if (dialect.isSentOnce === true) return ordered.slice(0, 1);
    const firstOther = ordered.findIndex((candidate) => !isHealthy(candidate));
    return firstOther === -1 ? ordered : ordered.slice(0, firstOther + 1);
  }
}

/** Who may see connections may name the one that is to serve. */
function namedByCaller({ headers, actor }: GatewayCall): Pin | null {
  const connectionId = headers['x-intrallm-connection'];
  if (typeof connectionId !== 'string' || !can(actor, 'CONNECTIONS_READ')) return null;
  const message = 'The connection of x-intrallm-connection does not serve this model.';
  return { connectionId, otherwise: new AppError('BAD_USER_INPUT', message, { field: 'x-intrallm-connection' }) };
}

function nobodyAnswered({ model, actor }: GatewayCall, tried: readonly Tried[]): AppError {
  const late = tried.findLast(({ timedOut }) => timedOut === true);
  if (late !== undefined) return endpointTimeout(late.connection, { model, actor }, tried.length);
  const count = tried.length === 1 ? 'its endpoint did not answer' : `${String(tried.length)} endpoints did not answer`;
  const who = tried.map(({ connection, why }) => `${connection.name}: ${why}`).join('; ');
  const detail = can(actor, 'CONNECTIONS_READ') ? ` (${who})` : '';
  return new AppError(
    'NO_HEALTHY_ENDPOINT',
    `The model "${shortened(model)}" cannot be reached right now: ${count}${detail}.`,
    { retryAfterMs: 2_000, tried: tried.length },
  );
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
  { startedAt }: GatewayCall,
  attempts: number,
): Forwarded {
  const firstByteMs = firstByteAt === null ? null : firstByteAt - startedAt;
  const ended = { connectionId: connection.id, status, outcome, attempts, tokens, firstByteMs };
  return brokenOff === undefined ? ended : { ...ended, brokenOff: whyBrokenOff(brokenOff, connection) };
}
