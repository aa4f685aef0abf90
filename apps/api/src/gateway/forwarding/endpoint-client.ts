import type { ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import { kindSpec, type Endpoint, type Problem } from '@intrallm/providers';
import type { Actor } from '../../auth/actor.js';
import type { Connection } from '../../connections/connection.entity.js';
import { formatMs } from '../../metrics/milliseconds.js';
import type { Secret } from '../../secrets/secret.entity.js';
import { TokenCountSupport } from '../accounting/token-count-support.js';
import type { MemoryUse, TrafficObserver } from '../accounting/traffic-observer.js';
import type { TranslatingSink } from '../answers/answer-sink.js';
import { CallerAnswer } from '../answers/caller-answer.js';
import { DecodedAnswer } from '../answers/decoded-answer.js';
import { TurnEnd } from '../answers/turn-end.js';
import { limitFields, NOTHING_LIMITED, unloads, type Limited } from '../body/instance-fields.js';
import { ConnectionGone, type EndpointLoad } from '../routing/endpoint-load.js';
import type { Candidate } from '../routing/routing-table.js';
import { reportAttempt } from './attempt-evidence.js';
import type { AttemptResult, QuestionRefused } from './attempt-result.js';
import { Attempt } from './attempt.js';
import type { Dialect, OutboundPlan } from './dialect.js';
import { endpointSilence, isSilence } from './endpoint-timeout.js';
import { append, type HeaderList } from './forwarded-headers.js';
import type { GatewayCall } from './gateway-call.js';
import type { Hops } from './hops.js';
import { dispatchOptions, toTarget, type Target } from './outbound-request.js';

/** What sending to an endpoint needs of its neighbours. */
export interface ClientOptions {
  readonly open: (connection: Connection, secrets: readonly Secret[]) => { endpoint: Endpoint } | { problem: Problem };
  readonly dispatcher: Dispatcher;
  readonly observer: TrafficObserver;
  readonly load: EndpointLoad;
  readonly hops: Pick<Hops, 'to'>;
}

/** The endpoint could not be sent the request at all. */
interface NotSent {
  readonly kind: 'not-sent';
  readonly why: string;
}

/** A request that is on its way. */
interface Sent {
  readonly ended: Promise<AttemptResult | QuestionRefused>;
  readonly translation: TranslatingSink | null;
  readonly memory: MemoryUse | null;
}

/** Sends requests to endpoints, each in a slot of its connection, and tells load and monitor what came of them. */
export class EndpointClient {
  /** Until the connection is read again, which is with every change of it. */
  readonly #targets = new WeakMap<Connection, Target | Problem>();
  readonly #tokenCountSupport = new TokenCountSupport();
  readonly #turn = new TurnEnd();

  constructor(private readonly options: ClientOptions) {}

  /**
   * Waits for a slot at the connection, sends the request and resolves when its answer is over. Rejects with OVERLOADED
   * where no slot became free, and with what the plan or the translation throw.
   */
  async send(candidate: Candidate, call: GatewayCall, dialect: Dialect): Promise<AttemptResult | NotSent> {
    const { load } = this.options;
    const { connection, upstreamId } = candidate;
    const target = this.#targetOf(candidate);
    if ('message' in target) return { kind: 'not-sent', why: target.message };
    if (!load.take(connection, upstreamId)) {
      const refusal = await this.#waitForSlot(connection, call.answer);
      if (refusal !== null) return refusal;
    }
    try {
      for (;;) {
        const plan = dialect.planFor(candidate, this.#tokenCountSupport.mayAsk(connection));
        const { ended, translation, memory } = this.#dispatch(call, candidate, target, plan);
        const result = await ended;
        if (result.kind !== 'question-refused') {
          reportAttempt({ candidate, actor: call.actor, memory }, result, this.options);
          refuseSilence(result, connection, call);
          return translation === null ? result : await translation.judge(result);
        }
        // Once more without the question, which from now on is not put.
        this.#tokenCountSupport.refused(connection);
      }
    } finally {
      load.release(connection.id);
    }
  }

  #dispatch(call: GatewayCall, candidate: Candidate, target: Target, plan: OutboundPlan): Sent {
    const limited = limitsOf(plan, candidate, call.actor);
    const context = {
      call,
      candidate,
      target,
      plan,
      edits: limited.edits,
      headers: headersFor(call, candidate, limited),
    };
    const answer = new CallerAnswer(call.answer, this.#turn);
    const translation = plan.format.translationFor(answer);
    const attempt = new Attempt(translation ?? answer, context);
    this.options.dispatcher.dispatch(dispatchOptions(context), new DecodedAnswer(attempt));
    return { ended: attempt.result, translation, memory: memoryUse(plan, candidate, limited) };
  }

  #targetOf({ connection, secrets }: Candidate): Target | Problem {
    const known = this.#targets.get(connection);
    if (known !== undefined) return known;
    const opened = this.options.open(connection, secrets);
    const target =
      'problem' in opened ? opened.problem : toTarget(opened.endpoint, this.options.hops.to(connection.id));
    this.#targets.set(connection, target);
    return target;
  }

  /** Null: a slot is taken. */
  async #waitForSlot(
    connection: Connection,
    answer: ServerResponse,
  ): Promise<{ readonly kind: 'left' } | NotSent | null> {
    // One that has closed already does not tell of it again.
    if (answer.destroyed) return { kind: 'left' };
    const left = new AbortController();
    const onClose = (): void => left.abort();
    answer.once('close', onClose);
    try {
      await this.options.load.wait(connection, left.signal);
      return null;
    } catch (error) {
      if (left.signal.aborted) return { kind: 'left' };
      if (error instanceof ConnectionGone) return { kind: 'not-sent', why: error.message };
      throw error;
    } finally {
      answer.off('close', onClose);
    }
  }
}

/**
 * Throws ENDPOINT_TIMEOUT where a whole answer that is translated fell silent: nothing of it went to the caller yet.
 */
function refuseSilence(result: AttemptResult, connection: Connection, { model, actor, answer }: GatewayCall): void {
  if (result.kind !== 'passed' || result.brokenOff === undefined) return;
  if (result.status >= 300 || answer.headersSent || !isSilence(result.brokenOff)) return;
  throw endpointSilence(connection, { model, actor });
}

/** Ours, for an answer of this endpoint. */
function headersFor(call: GatewayCall, { connection }: Candidate, { changed }: Limited): HeaderList {
  const overheadMs = formatMs(performance.now() - call.startedAt);
  const headers = ['x-intrallm-connection', connection.id, 'x-intrallm-overhead-ms', overheadMs];
  append(headers, call.answerHeaders);
  // What of the caller's request does not hold at the instance.
  if (changed.length > 0) headers.push('x-intrallm-limited', changed.join(', '));
  return headers;
}

const holdsModels = ({ connection }: Candidate): boolean => kindSpec(connection.kind).holdsModels;

/** What is changed in a request for the sake of others, where callers have a say in the endpoint's memory. */
function limitsOf({ body }: OutboundPlan, candidate: Candidate, actor: Actor): Limited {
  if (body === null || !('bytes' in body) || !holdsModels(candidate)) return NOTHING_LIMITED;
  return limitFields(body.bytes, body.instance, candidate, actor);
}

/** What a request does to the memory of the endpoint, where callers have a say in that. */
function memoryUse(plan: OutboundPlan, candidate: Candidate, { changed }: Limited): MemoryUse | null {
  if (plan.tellsOfModels === true || !holdsModels(candidate)) return null;
  const { body, isNative } = plan;
  const mayUnload = isNative && body !== null && 'bytes' in body && !changed.includes('keep_alive');
  return { model: candidate.upstreamId, unloads: mayUnload && unloads(body.bytes, body.instance) };
}
