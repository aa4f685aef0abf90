import type { IncomingHttpHeaders } from 'node:http';
import type { Actor } from '../../auth/actor.js';
import type { AppError } from '../../errors.js';
import type { Outcome } from '../answers/answer-reader.js';
import type { StringField } from '../body/body-scanner.js';
import type { InstanceField } from '../body/instance-fields.js';
import type { ModelForm } from '../forms/model-form.js';
import type { TokenCounts } from '../streams/stream-tap.js';
import type { Dialect } from './dialect.js';
import type { HeaderList } from './forwarded-headers.js';

/** What a caller wants of an endpoint. */
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
  /** For the log: why the endpoint's answer broke off, where it did. */
  readonly brokenOff?: string;
}

/** The one connection that may be asked. */
export interface Pin {
  readonly connectionId: string;
  /** Why nobody else can serve: for the caller. */
  readonly otherwise: AppError;
}

/** A request that is read. */
export interface Asked extends ForwardRequest {
  readonly model: StringField;
  /** The only one that may be asked; null: whoever has the model. */
  readonly pin: Pin | null;
  /** In place of `body`. */
  readonly form?: ModelForm;
  /** Of a request in another API than OpenAI's. */
  readonly dialect?: Dialect;
  readonly isStream: boolean;
  /** Where the body takes the question for token counts; null: it is not to be asked. */
  readonly optionsAt: number | null;
  /** Of a body in JSON: what an Ollama instance heeds beyond the request. Absent: nothing. */
  readonly instance?: readonly InstanceField[];
  readonly startedAt: number;
}
