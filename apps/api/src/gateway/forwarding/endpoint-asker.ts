import type { ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import type { Endpoint, Problem } from '@intrallm/providers';
import type { Connection } from '../../connections/connection.entity.js';
import { formatMs } from '../../metrics/milliseconds.js';
import type { Secret } from '../../secrets/secret.entity.js';
import type { MemoryUse, TrafficObserver } from '../accounting/traffic-observer.js';
import { CHANGED, ollamaFormat, openaiFormat } from '../answers/answer-format.js';
import { DecodedAnswer } from '../answers/decoded-answer.js';
import { limitFields, NOTHING_LIMITED, unloads, type InstanceField, type Limited } from '../body/instance-fields.js';
import { ConnectionGone, type EndpointLoad } from '../routing/endpoint-load.js';
import type { Candidate } from '../routing/routing-table.js';
import { reportAttempt } from './attempt-evidence.js';
import { Attempt, type AttemptResult, type QuestionRefused } from './attempt.js';
import type { Dialect } from './dialect.js';
import { endpointSilence, isSilence } from './endpoint-timeout.js';
import type { Asked } from './forward-request.js';
import { append, type HeaderList } from './forwarded-headers.js';
import type { Hops } from './hops.js';
import { dispatchOptions, endMarksOf, mayBeCounted, toTarget, type Target } from './outbound-request.js';
import type { ResponseOwners } from './response-owners.js';
import { TokenCountSupport } from './token-count-support.js';

const RESPONSES = '/responses';
/** What of the caller's request does not hold at the instance. */
const LIMITED = 'x-intrallm-limited';

/** What asking an endpoint needs of its neighbours. */
export interface AskerOptions {
  readonly open: (connection: Connection, secrets: readonly Secret[]) => { endpoint: Endpoint } | { problem: Problem };
  readonly dispatcher: Dispatcher;
  readonly observer: TrafficObserver;
  readonly load: EndpointLoad;
  readonly owners: ResponseOwners;
  readonly hops: Pick<Hops, 'to'>;
}

/** Where an attempt goes, and where its answer. */
interface Place {
  readonly candidate: Candidate;
  readonly target: Target;
  readonly answer: ServerResponse;
  /** Of our own, for the answer. */
  readonly headers: HeaderList;
  /** The endpoint takes the question for the token counts of a stream, as far as is known. */
  readonly mayAskForTokens: boolean;
}

/** An endpoint that is being asked. */
interface Asking {
  readonly ended: Promise<AttemptResult | QuestionRefused>;
  /** What the result is for the caller, where its answer is changed on the way. */
  readonly judge: ((result: AttemptResult) => Promise<AttemptResult>) | null;
  readonly memory: MemoryUse | null;
}

/** Asks one endpoint, with a place at its connection, and tells what that shows to those who care. */
export class EndpointAsker {
  /** Until the connection is read again, which is with every change of it. */
  readonly #targets = new WeakMap<Connection, Target | Problem>();
  readonly #tokenCountSupport = new TokenCountSupport();

  constructor(private readonly options: AskerOptions) {}

  /** `why`: it could not be asked at all. Throws OVERLOADED where no place became free. */
  async ask(
    candidate: Candidate,
    asked: Asked,
    answer: ServerResponse,
  ): Promise<AttemptResult | { readonly why: string }> {
    const { load } = this.options;
    const { connection, upstreamId } = candidate;
    const target = this.#targetOf(candidate);
    if ('message' in target) return { why: target.message };
    if (!load.take(connection, upstreamId)) {
      const refusal = await this.#waitForPlace(connection, answer);
      if (refusal !== null) return refusal;
    }
    const overheadMs = formatMs(performance.now() - asked.startedAt);
    const headers = ['x-intrallm-connection', connection.id, 'x-intrallm-overhead-ms', overheadMs];
    append(headers, asked.answerHeaders);
    try {
      const { dialect } = asked;
      for (;;) {
        const mayAskForTokens = this.#tokenCountSupport.mayAsk(connection, dialect !== undefined);
        const place = { candidate, target, answer, headers, mayAskForTokens };
        const { ended, judge, memory } =
          dialect === undefined ? this.#pass(asked, place) : this.#translate(dialect, asked, place);
        const result = await ended;
        if (result.kind !== 'question-refused') {
          reportAttempt({ candidate, actor: asked.actor, memory }, result, this.options);
          // Of a whole answer that is translated nothing went out yet.
          const isUnsent = result.kind === 'passed' && result.status < 300 && !answer.headersSent;
          if (isUnsent && isSilence(result.brokenOff)) {
            throw endpointSilence(connection, { model: asked.model.value, actor: asked.actor });
          }
          return judge === null ? result : await judge(result);
        }
        // Once more without the question, which from now on is not put.
        this.#tokenCountSupport.refused(connection);
      }
    } finally {
      load.release(connection.id);
    }
  }

  #pass(asked: Asked, { candidate, target, answer, headers, mayAskForTokens }: Place): Asking {
    const { connection } = candidate;
    const onResponseId = asked.path === RESPONSES ? (id: string) => this.#remember(asked, connection, id) : null;
    const asksForTokens = mayAskForTokens && mayBeCounted(asked);
    const { edits, changed } = limited(asked.body, asked.instance, candidate, asked);
    const attempt = new Attempt(answer, {
      headers: withLimits(headers, changed),
      mask: target.mask,
      format: openaiFormat({
        asksForStream: asked.isStream,
        endMarks: endMarksOf(asked, connection),
        hidesTokens: asksForTokens,
        onResponseId,
      }),
      asksForTokens,
    });
    const options = dispatchOptions(edits.length === 0 ? asked : { ...asked, edits }, candidate, target, asksForTokens);
    this.options.dispatcher.dispatch(options, new DecodedAnswer(attempt));
    return { ended: attempt.result, judge: null, memory: memoryUse(candidate, false) };
  }

  #translate(dialect: Dialect, asked: Asked, { candidate, target, answer, headers, mayAskForTokens }: Place): Asking {
    const plan = dialect.planFor(candidate, mayAskForTokens);
    const { path, isNative, body, model, instance, asksForTokens, change, tellsOfModels = false } = plan;
    const { edits, changed: limits } = limited(body, instance, candidate, asked);
    const changed = change === null ? null : change(answer);
    const attempt = new Attempt(changed ?? answer, {
      headers: withLimits(headers, limits),
      mask: target.mask,
      ...(tellsOfModels ? { nameMask: target.nameMask } : {}),
      format: isNative ? ollamaFormat(dialect.isStream) : CHANGED,
      asksForTokens,
    });
    const native = isNative ? { ...target, basePath: target.nativePath } : target;
    const options = dispatchOptions({ ...asked, path, body, model, edits }, candidate, native, false);
    this.options.dispatcher.dispatch(options, new DecodedAnswer(attempt));
    const memory = tellsOfModels
      ? null
      : memoryUse(candidate, !limits.includes('keep_alive') && unloads(body, instance ?? []));
    return { ended: attempt.result, judge: changed === null ? null : (result) => changed.judge(result), memory };
  }

  #remember({ actor, model }: Asked, { id: connectionId }: Connection, responseId: string): void {
    this.options.owners.remember(actor, responseId, { connectionId, model: model.value });
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

  /** Null: a place is taken. */
  async #waitForPlace(
    connection: Connection,
    answer: ServerResponse,
  ): Promise<{ readonly kind: 'left' } | { readonly why: string } | null> {
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
      if (error instanceof ConnectionGone) return { why: error.message };
      throw error;
    } finally {
      answer.off('close', onClose);
    }
  }
}

/** What a request does to the memory of the endpoint, where that is an Ollama instance. */
const memoryUse = ({ connection, upstreamId: model }: Candidate, isToUnload: boolean): MemoryUse | null =>
  connection.kind === 'OLLAMA' ? { model, unloads: isToUnload } : null;

/** What is changed in a request for the sake of others, at an Ollama instance. */
function limited(
  body: Buffer,
  fields: readonly InstanceField[] | undefined,
  candidate: Candidate,
  { actor }: Asked,
): Limited {
  return candidate.connection.kind === 'OLLAMA' ? limitFields(body, fields ?? [], candidate, actor) : NOTHING_LIMITED;
}

const withLimits = (headers: HeaderList, changed: readonly string[]): HeaderList =>
  changed.length === 0 ? headers : [...headers, LIMITED, changed.join(', ')];
