import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { refusesQuestion } from '../accounting/token-count-support.js';
import { UNREAD, WITHOUT_BODY, type AnswerReader, type Outcome } from '../answers/answer-reader.js';
import type { AnswerSink } from '../answers/answer-sink.js';
import { HeldStart } from '../answers/held-start.js';
import type { AnswerMask } from '../masking/answer-mask.js';
import { ErrorBody } from '../masking/error-body.js';
import { maskedHeaders } from '../masking/headers-mask.js';
import { ToldErrors } from '../masking/told-errors.js';
import type { AttemptResult, QuestionRefused } from './attempt-result.js';
import type { OutboundPlan } from './dialect.js';
import { hasNoBody, isRedirect, mayAskAnother } from './endpoint-status.js';
import { append, responseHeaders, STREAM_HEADERS, WHOLE_HEADERS, type HeaderList } from './forwarded-headers.js';
import { KeptError } from './kept-error.js';
import type { Target } from './outbound-request.js';

/** Of the attempt's context, what the answer depends on. */
interface Settings {
  /** Ours, beside those of the endpoint. */
  readonly headers: HeaderList;
  readonly target: Pick<Target, 'mask' | 'nameMask'>;
  readonly plan: Pick<OutboundPlan, 'format' | 'asksForTokens' | 'tellsOfModels'>;
}

/**
 * How long a caller may take nothing of an answer that waits for it: nobody else has its slot at the endpoint
 * meanwhile.
 */
const CALLER_IDLE_MS = 10 * 60_000;
const CALLER_LEFT = new Error('the caller went away');
const NO_MORE = new Error('the answer has its end already');
const TOO_MUCH = new Error('the answer is too long to be kept');
const FLOOD = new Error('the endpoint sends without end what is no answer');

/**
 * One request to one endpoint. Its answer is written to the caller as it comes, byte by byte, with backpressure; an
 * error is looked at before, and one after which another endpoint may be asked is kept instead. The endpoint's cut
 * becomes a cut, never a clean end.
 */
export class Attempt implements Dispatcher.DispatchHandler {
  readonly result: Promise<AttemptResult | QuestionRefused>;
  #settle!: (result: AttemptResult | QuestionRefused) => void;
  #controller: Dispatcher.DispatchController | null = null;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #firstByteAt: number | null = null;
  /** Masks what goes to the caller: of an error, and of an answer in which errors may stand. */
  #mask: AnswerMask | null = null;
  /** Of an error: what came so far. */
  #kept: KeptError | null = null;
  #callerIdle: NodeJS.Timeout | null = null;
  /** Of a success: what came before it is known what it is. */
  #start: HeldStart | null = null;
  #reader: AnswerReader = UNREAD;
  #hasLeft = false;
  #isOver = false;
  readonly #onClose = (): void => {
    if (this.answer.writableFinished || this.#isOver || this.#hasLeft) return;
    this.#hasLeft = true;
    this.#controller?.abort(CALLER_LEFT);
    // Nobody waits for a connection that is still being made.
    if (this.#controller === null) this.#end({ kind: 'left' });
  };
  readonly #onDrain = (): void => {
    if (this.#callerIdle !== null) clearTimeout(this.#callerIdle);
    this.#callerIdle = null;
    this.#controller?.resume();
  };

  constructor(
    private readonly answer: AnswerSink,
    private readonly settings: Settings,
  ) {
    this.result = new Promise((resolve) => (this.#settle = resolve));
    answer.on('close', this.#onClose);
    if (answer.destroyed) this.#onClose();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#hasLeft) controller.abort(CALLER_LEFT);
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return;
    this.#status = status;
    const { mask } = this.settings.target;
    this.#headers = maskedHeaders(headers, mask);
    if (status < 300) {
      const reader = hasNoBody(status) ? WITHOUT_BODY : this.settings.plan.format.readerOf(this.#headers);
      if (reader === null) this.#start = new HeldStart(() => this.#passStart());
      else this.#pass(reader);
      return;
    }
    const body = new ErrorBody(status, this.#headers, mask);
    this.#headers = body.headers;
    this.#kept = new KeptError(body, () => this.#stopKeeping());
    // What it says of another address is for nobody, and nobody waits for it.
    if (isRedirect(status)) this.#decline(null);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#firstByteAt ??= performance.now();
    if (this.#kept !== null) this.#kept.push(chunk);
    else if (this.#start === null) this.#give(controller, chunk);
    else if (this.#start.push(chunk)) this.#passStart();
  }

  onResponseEnd(): void {
    if (this.#kept !== null && !this.#endKept(this.#kept)) return;
    if (this.#start !== null) this.#passStart();
    const left = this.#left();
    if (left.length > 0) this.answer.write(left);
    const outcome = this.#status >= 400 ? 'upstream-error' : this.#reader.outcome();
    // An answer whose length was told is whole by that, and takes no more.
    const isOpenEnded = this.#headers['content-length'] === undefined;
    const told = outcome === 'truncated' && isOpenEnded ? this.#reader.endedEarly() : null;
    if (told !== null) this.answer.write(told);
    this.answer.end();
    this.#passed(outcome);
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.#status === 0) this.#end(this.#hasLeft ? { kind: 'left' } : { kind: 'failed', error });
    else if (this.#kept !== null && mayAskAnother(this.#status)) {
      this.#kept = null;
      this.#decline(null);
    } else {
      if (this.#start !== null && !this.#hasLeft) this.#passStart();
      this.#cut();
      if (this.#hasLeft) this.#passed('client-abort');
      else this.#passed(error === FLOOD ? 'upstream-error' : 'truncated', error);
    }
  }

  /** Whether the error goes to the caller. */
  #endKept(kept: KeptError): boolean {
    const body = kept.end();
    this.#kept = null;
    if (mayAskAnother(this.#status)) {
      this.#decline(body);
      return false;
    }
    if (this.settings.plan.asksForTokens && refusesQuestion(this.#status, body)) {
      this.#end({ kind: 'question-refused' });
      return false;
    }
    this.#pass(UNREAD);
    this.answer.write(body);
    return true;
  }

  /** An answer that has not had its turn on the connection does not tell of its end. */
  #leave(): void {
    this.answer.destroy();
    this.#onClose();
  }

  /** The caller hears of a cut by the cut itself, after everything that came before it. */
  #cut(): void {
    const left = this.#left();
    if (left.length > 0 && !this.#hasLeft) this.answer.write(left);
    this.answer.destroy();
  }

  /** What still waits for more of its line, or of its event. */
  #left(): Buffer {
    const left = this.#reader.end();
    return this.#mask === null ? left : Buffer.concat([this.#mask.push(left), this.#mask.end()]);
  }

  #give(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { answer } = this;
    const told = this.#reader.push(chunk);
    const passed = this.#mask === null ? told : this.#mask.push(told);
    if (passed.length > 0) {
      if (!answer.write(passed)) {
        controller.pause();
        answer.once('drain', this.#onDrain);
        this.#callerIdle ??= setTimeout(() => this.#leave(), CALLER_IDLE_MS);
      }
      if (answer.writableEnded) controller.abort(NO_MORE);
    }
    if (this.#reader.isFlood) controller.abort(FLOOD);
  }

  /** What a success is has been seen, or is not waited for any longer. */
  #passStart(): void {
    const start = this.#start;
    if (start === null) return;
    this.#start = null;
    const { kind, bytes } = start.take();
    this.#pass(this.settings.plan.format.readerOfKind(kind, this.#headers));
    if (bytes.length > 0 && this.#controller !== null) this.#give(this.#controller, bytes);
  }

  /** From here on the answer goes to the caller. */
  #pass(reader: AnswerReader): void {
    const { answer, settings } = this;
    const { mask, nameMask } = settings.target;
    this.#reader = reader;
    if (this.#status < 300 && !mask.isEmpty) {
      const tellsOfModels = settings.plan.tellsOfModels === true;
      this.#mask = tellsOfModels ? nameMask.stream() : ToldErrors.of(this.#headers, reader, mask);
    }
    if (reader.mayShorten) delete this.#headers['content-length'];
    const headers = append(responseHeaders(this.#headers), settings.headers);
    append(headers, reader.isStream ? STREAM_HEADERS : WHOLE_HEADERS);
    answer.writeHead(this.#status, headers);
    if (this.#headers['content-length'] === undefined) answer.flushHeaders();
  }

  /** Of an error that is long, or slow. */
  #stopKeeping(): void {
    if (mayAskAnother(this.#status)) this.#controller?.abort(TOO_MUCH);
    else if (this.#kept !== null) {
      const { mask } = this.#kept;
      const body = this.#kept.take();
      this.#kept = null;
      this.#pass(UNREAD);
      this.#mask = mask;
      this.answer.write(body);
    }
  }

  #decline(body: Buffer | null): void {
    const result = { kind: 'declined', status: this.#status, answer: { headers: this.#headers, body } } as const;
    // What is left of it is read for a moment more, so that its connection can serve again.
    if (this.#kept !== null) this.#settle(result);
    else this.#end(result);
  }

  #passed(outcome: Outcome, brokenOff?: Error): void {
    const { tokens } = this.#reader;
    const result = { kind: 'passed', status: this.#status, outcome, tokens, firstByteAt: this.#firstByteAt } as const;
    this.#end(brokenOff === undefined ? result : { ...result, brokenOff });
  }

  #end(result: AttemptResult | QuestionRefused): void {
    if (this.#isOver) return;
    this.#isOver = true;
    // Another attempt may go on with the same answer.
    if (result.kind !== 'passed') this.answer.off('close', this.#onClose);
    this.#kept?.drop();
    this.#start?.drop();
    if (this.#callerIdle !== null) {
      clearTimeout(this.#callerIdle);
      this.answer.off('drain', this.#onDrain);
    }
    this.#settle(result);
  }
}
