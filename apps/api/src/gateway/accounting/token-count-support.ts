import type { Connection } from '../../connections/connection.entity.js';

/** How long an endpoint that refuses to be asked for token counts is not asked again: it may be updated some day. */
const REFUSES_MS = 10 * 60_000;
/** Connections that refuse. The one that did so first makes room: it is asked once more. */
const REMEMBERED = 1_000;

/** What makes an endpoint send its token counts at the end of a stream, at the beginning of the body's object. */
const ASKING = Buffer.from('"stream_options":{"include_usage":true},');

/** Knows which connections take the question for the token counts of a stream. */
export class TokenCountSupport {
  readonly #refusedAt = new Map<string, number>();

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** The connection's endpoint, as it stands now, has not refused lately. */
  mayAsk(connection: Connection): boolean {
    // Nearly always: no name is made for a request then.
    if (this.#refusedAt.size === 0) return true;
    const refusedAt = this.#refusedAt.get(nameOf(connection));
    return refusedAt === undefined || this.now() - refusedAt >= REFUSES_MS;
  }

  /** The endpoint does not take the request with them. */
  refused(connection: Connection): void {
    const name = nameOf(connection);
    this.#refusedAt.delete(name);
    this.#refusedAt.set(name, this.now());
    const [first] = this.#refusedAt.keys();
    if (this.#refusedAt.size > REMEMBERED && first !== undefined) this.#refusedAt.delete(first);
  }
}

/** An endpoint that moved to another address may be another server. */
const nameOf = ({ id, endpointRevision }: Connection): string => `${id} ${String(endpointRevision)}`;

/** The body, in parts, with the question in it. `at`: behind the brace that the object begins with. */
export function withQuestion([first, ...others]: readonly Buffer[], at: number): Buffer[] {
  return first === undefined ? [] : [first.subarray(0, at), ASKING, first.subarray(at), ...others];
}

/**
 * Whether the error is about the question. Servers answer it with 400 or 422; what they write differs, but it names the
 * field.
 */
export const refusesQuestion = (status: number, body: Buffer): boolean =>
  (status === 400 || status === 422) && (body.includes('stream_options') || body.includes('include_usage'));
