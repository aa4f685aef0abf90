import type { AppError } from '../../errors.js';
import type { AnswerFormat } from '../answers/answer-format.js';
import type { InstanceField } from '../body/instance-fields.js';
import type { StringField } from '../body/json-string.js';
import type { ModelForm } from '../forms/model-form.js';
import type { Candidate } from '../routing/routing-table.js';

/** The API that a caller speaks, for one request: how each endpoint is sent it, and how the answer comes back. */
export interface Dialect {
  /** The answer is to come in pieces, as they are made. */
  readonly isStream: boolean;
  /** A part of the request goes through as it comes, so only one endpoint can be sent it. */
  readonly isSentOnce?: boolean;
  /** The only connection that can serve the request; absent: each that has the model. */
  readonly pin?: Pin;
  /** The candidates that can be sent the request. Throws why, where that is none of them. */
  among(candidates: readonly Candidate[]): readonly Candidate[];
  /** `mayAskForTokens`: as far as is known, the endpoint takes the question for the token counts of a stream. */
  planFor(candidate: Candidate, mayAskForTokens: boolean): OutboundPlan;
  /** The body of an answer in this API that says that an endpoint refused the request with this status (401 or 403). */
  refusal(status: number, message: string): object;
}

/** The one connection that may be sent a request. */
export interface Pin {
  readonly connectionId: string;
  /** Thrown where that connection does not serve the model. */
  readonly otherwise: AppError;
}

/** How a request goes to one endpoint, and comes back. */
export interface OutboundPlan {
  /** Below the endpoint's own address where `isNative`, else below that of its OpenAI format. */
  readonly path: string;
  readonly isNative: boolean;
  /** Null: the request has none. */
  readonly body: JsonBody | ModelForm | null;
  /** The body asks for the token counts of the stream, which the caller did not do. */
  readonly asksForTokens: boolean;
  /** How a success is read along with, and translated where it has to be. */
  readonly format: AnswerFormat;
  /** A success tells of the endpoint and its models: no model wrote it, and nothing in it may repeat our key. */
  readonly tellsOfModels?: boolean;
}

/** A body in JSON, and what is changed in it on the way. */
export interface JsonBody {
  readonly bytes: Buffer;
  /** Where the model is named, which each endpoint knows by a name of its own; null: it has that name already. */
  readonly model: StringField | null;
  /** What an Ollama instance heeds beyond the request itself. */
  readonly instance: readonly InstanceField[];
  /** Where our question for the token counts is put, behind a brace; null: nowhere. */
  readonly questionAt: number | null;
}
