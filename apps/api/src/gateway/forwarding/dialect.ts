import type { ServerResponse } from 'node:http';
import type { AnswerSink } from '../answers/answer-sink.js';
import type { StringField } from '../body/body-scanner.js';
import type { InstanceField } from '../body/instance-fields.js';
import type { Candidate } from '../routing/routing-table.js';
import type { AttemptResult } from './attempt.js';

/** An answer that does not reach the caller as the endpoint sent it. */
interface ChangedAnswer extends AnswerSink {
  /** What the attempt came to, by what became of its answer. Rejects with what the caller is to be told by us instead. */
  judge(result: AttemptResult): Promise<AttemptResult>;
}

/** How a request goes to one endpoint, and comes back. */
export interface OutboundPlan {
  /** Below the endpoint's own address where `isNative`, else below that of its OpenAI format. */
  readonly path: string;
  readonly isNative: boolean;
  readonly body: Buffer;
  /** Where in the body the model is named. */
  readonly model: StringField;
  /** Of a body that an Ollama instance gets; absent: there are none. */
  readonly instance?: readonly InstanceField[];
  /** The body has our question for the token counts of the stream. */
  readonly asksForTokens: boolean;
  /** A success tells of the endpoint and its models: no model wrote it, and nothing in it may repeat our key. */
  readonly tellsOfModels?: boolean;
  /** Stands between endpoint and caller; null: the bytes go through. */
  readonly change: ((answer: ServerResponse) => ChangedAnswer) | null;
}

/** Another API than OpenAI's, for one request: an endpoint of each kind is asked in its own way. */
export interface Dialect {
  /** The name under which the model is routed. */
  readonly model: string;
  readonly isStream: boolean;
  /** Those that the request can go to. Throws why, where that is none of them. */
  among(candidates: readonly Candidate[]): readonly Candidate[];
  /** `mayAskForTokens`: the endpoint takes the question for the token counts of a stream, as far as is known. */
  planFor(candidate: Candidate, mayAskForTokens: boolean): OutboundPlan;
}
