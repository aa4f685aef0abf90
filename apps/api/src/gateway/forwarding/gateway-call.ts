import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Actor } from '../../auth/actor.js';
import type { Exchange } from '../../auth/exchange.js';
import { ANSWER_HEADERS, append } from './forwarded-headers.js';

/** What a route knows of a request. */
interface Routed {
  readonly method: 'POST' | 'GET' | 'DELETE';
  /** Below the base URL of the API: "/chat/completions". */
  readonly path: string;
  /** As it came; empty where there is none, or where it is a form. */
  readonly body: Buffer;
  /** Is told the public name of the model, also where the request is refused then. */
  readonly account: { noteModel(name: string): void };
}

/**
 * A request of a caller, from when its body is there until its answer is over. Every stage works on this one object.
 */
export class GatewayCall {
  readonly id: string;
  readonly actor: Actor;
  readonly headers: IncomingHttpHeaders;
  readonly answer: ServerResponse;
  readonly method: Routed['method'];
  readonly path: string;
  readonly body: Buffer;
  /** Ours, for every answer. */
  readonly answerHeaders: string[];
  /** On the clock of `performance.now()`. */
  readonly startedAt = performance.now();
  readonly #account: Routed['account'];
  #model = '';

  constructor({ id, actor, raw, answer }: Exchange, { method, path, body, account }: Routed) {
    this.id = id;
    this.actor = actor;
    this.headers = raw.headers;
    this.answer = answer;
    this.method = method;
    this.path = path;
    this.body = body;
    this.answerHeaders = append(['x-request-id', id], ANSWER_HEADERS);
    this.#account = account;
  }

  /** The public name of the model; '' until the caller's dialect has found it. */
  get model(): string {
    return this.#model;
  }

  /** To be called once, as soon as the model is known. */
  nameModel(publicName: string): void {
    this.#model = publicName;
    this.#account.noteModel(publicName);
  }

  /** The caller is told which fields of the request are not sent on. */
  noteDropped(fields: readonly string[]): void {
    if (fields.length > 0) this.answerHeaders.push('x-intrallm-dropped', fields.map(printable).join(', '));
  }
}

/** Of a name in a header: a caller may have written anything there. */
const LONGEST_NAME = 64;

const printable = (name: string): string => name.slice(0, LONGEST_NAME).replaceAll(/[^\w.-]/g, '?');
