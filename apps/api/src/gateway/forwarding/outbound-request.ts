import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { authHeaders, endpointMasks, HOP_HEADER, type Endpoint, type SecretMask } from '@intrallm/providers';
import type { Connection } from '../../connections/connection.entity.js';
import type { EndMarks } from '../answers/event-reader.js';
import type { StringField } from '../body/body-scanner.js';
import { withEdits, type Edit } from '../body/instance-fields.js';
import type { ModelForm } from '../forms/model-form.js';
import type { Candidate } from '../routing/routing-table.js';
import { planHeaders, requestHeaders, type BodyHeaders, type HeaderPlan } from './forwarded-headers.js';
import { withQuestion } from './token-count-support.js';

/**
 * Defaults where a connection sets none. What does not stream sends its head only when it is done, and a stream may wait for
 * its model to be loaded: official clients wait for 10 minutes, too, and who is cut before begins anew.
 */
const FIRST_BYTE_MS = 600_000;
const IDLE_MS = 120_000;
/** Streams of these end with a `finish_reason` and `[DONE]`, those of responses with an event that says how they ended. */
const RESPONSES = '/responses';
const MARKED_PATHS = new Set(['/chat/completions', '/completions']);
/** Up to here a body with another model name is copied: sending one piece costs less than sending three. */
const COPIED_BYTES = 64 * 1024;

/** What of a caller's request decides what an endpoint is sent. */
export interface Outbound {
  readonly method: 'POST' | 'GET' | 'DELETE';
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly model: StringField;
  readonly form?: ModelForm;
  readonly isStream: boolean;
  /** Where the body takes the question for token counts; null: it is not to be asked. */
  readonly optionsAt: number | null;
  /** To be made in the body on the way to this endpoint. */
  readonly edits?: readonly Edit[];
}

/** What of an endpoint is the same for each request: opening its secrets costs as much as the rest of our own work. */
export interface Target {
  readonly origin: string;
  readonly basePath: string;
  /** The same of the endpoint's own API, where that is another one than the OpenAI format. */
  readonly nativePath: string;
  /** With those of the connection's own: its key, and what it adds. */
  readonly headers: HeaderPlan;
  /** What each request says of its way: see `Hops`. */
  readonly hop: string;
  /** Finds what must not come back in an answer. */
  readonly mask: SecretMask;
  /** The same in what an endpoint tells of its models. */
  readonly nameMask: SecretMask;
}

/** Some servers never send any; Ollama always does, and ends without when the model failed. */
export function endMarksOf({ path }: Outbound, { kind }: Connection): EndMarks {
  if (path === RESPONSES) return 'USUALLY';
  if (!MARKED_PATHS.has(path)) return 'NONE';
  return kind === 'OLLAMA' ? 'ALWAYS' : 'USUALLY';
}

/** Whether an endpoint could be asked for the token counts of this one, which the caller did not do. */
export const mayBeCounted = ({ path, isStream, optionsAt }: Outbound): boolean =>
  optionsAt !== null && isStream && MARKED_PATHS.has(path);

/** Gives it with its secrets in plain text: for as long as the connection is not read again. */
export function toTarget(endpoint: Endpoint, hop: string): Target {
  const { origin, pathname } = new URL(openaiBase(endpoint));
  const masks = endpointMasks(endpoint);
  const native = new URL(endpoint.url).pathname;
  return {
    origin,
    basePath: pathname === '/' ? '' : pathname,
    nativePath: native === '/' ? '' : native,
    headers: planHeaders(authHeaders(endpoint)),
    hop,
    mask: masks.words,
    nameMask: masks.names,
  };
}

export const firstByteMsOf = ({ firstByteTimeoutMs }: Connection): number => firstByteTimeoutMs ?? FIRST_BYTE_MS;
export const idleMsOf = ({ idleTimeoutMs }: Connection): number => idleTimeoutMs ?? IDLE_MS;

/** `asksForTokens`: the endpoint is to tell the token counts of the stream. */
export function dispatchOptions(
  asked: Outbound,
  candidate: Candidate,
  target: Target,
  asksForTokens: boolean,
): Dispatcher.DispatchOptions {
  const { connection, upstreamId } = candidate;
  const { method } = asked;
  const sent = bodyFor(asked, upstreamId, asksForTokens ? asked.optionsAt : null);
  return {
    origin: target.origin,
    path: `${target.basePath}${asked.path}`,
    method,
    headers: withHop(requestHeaders(asked.headers, target.headers, sent), asked.headers[HOP_HEADER], target.hop),
    body: sent.body,
    headersTimeout: firstByteMsOf(connection),
    bodyTimeout: idleMsOf(connection),
  };
}

/** Behind those that the request has passed already. */
function withHop(headers: string[], passed: string | string[] | undefined, hop: string): string[] {
  headers.push(HOP_HEADER, passed === undefined ? hop : `${String(passed)}, ${hop}`);
  return headers;
}

/** What is sent, with its type, null where there is none, and its length: null where it is not known, or to be seen. */
interface Sent extends BodyHeaders {
  readonly body: Buffer | null;
}

/** The caller's bytes with the endpoint's own name of the model in them. */
function bodyFor(asked: Outbound, upstreamId: string, optionsAt: number | null): Sent {
  const { body, model, method, form, edits = [] } = asked;
  if (method !== 'POST') return { body: null, type: null, length: null };
  if (form !== undefined) return formFor(form, upstreamId);
  // What was read as JSON is sent as JSON: under another type or charset an endpoint could find another model in it.
  const type = 'application/json';
  const isSame = upstreamId === model.value;
  if (isSame && optionsAt === null && edits.length === 0) return { body, type, length: null };
  const name = { start: model.start, end: model.end, text: JSON.stringify(upstreamId) };
  const named = withEdits(body, isSame ? edits : [...edits, name]);
  const parts = optionsAt === null ? named : withQuestion(named, optionsAt);
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  // undici sends an iterable piece by piece, though its types do not say so: many megabytes are not copied.
  return length <= COPIED_BYTES
    ? { body: Buffer.concat(parts, length), type, length: null }
    : { body: parts as unknown as Buffer, type, length };
}

function formFor(form: ModelForm, upstreamId: string): Sent {
  const name = Buffer.from(upstreamId);
  const pieces = async function* (): AsyncGenerator<Buffer> {
    yield* joined([...form.before, name, ...form.after]);
    for (let more = await form.next(); more !== null; more = await form.next()) yield* more;
  };
  return {
    body: pieces() as unknown as Buffer,
    type: form.contentType,
    length: form.length === null ? null : form.length + name.length,
  };
}

/** As one piece where that costs less than sending several. */
const joined = (pieces: readonly Buffer[]): readonly Buffer[] =>
  pieces.reduce((sum, piece) => sum + piece.length, 0) <= COPIED_BYTES ? [Buffer.concat(pieces)] : pieces;

/** Ollama speaks the OpenAI format under /v1. */
function openaiBase(endpoint: Endpoint): string {
  return endpoint.kind === 'OLLAMA' ? `${endpoint.url}/v1` : endpoint.url;
}
