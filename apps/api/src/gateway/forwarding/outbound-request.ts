import type { Dispatcher } from 'undici';
import { authHeaders, endpointMasks, HOP_HEADER, kindSpec, type Endpoint, type SecretMask } from '@intrallm/providers';
import type { Connection } from '../../connections/connection.entity.js';
import { withQuestion } from '../accounting/token-count-support.js';
import { withEdits, type Edit } from '../body/instance-fields.js';
import type { StringField } from '../body/json-string.js';
import type { ModelForm } from '../forms/model-form.js';
import type { Candidate } from '../routing/routing-table.js';
import type { JsonBody, OutboundPlan } from './dialect.js';
import {
  planHeaders,
  requestHeaders,
  type BodyHeaders,
  type HeaderList,
  type HeaderPlan,
} from './forwarded-headers.js';
import type { GatewayCall } from './gateway-call.js';

/**
 * Defaults where a connection sets none. What does not stream sends its head only when it is done, and a stream may
 * wait for its model to be loaded: official clients wait for 10 minutes, too, and who is cut before begins anew.
 */
const FIRST_BYTE_MS = 600_000;
const IDLE_MS = 120_000;
/** Up to here a body with another model name is copied: sending one piece costs less than sending three. */
const COPIED_BYTES = 64 * 1024;

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

/** One request to one endpoint. */
export interface AttemptContext {
  readonly call: GatewayCall;
  readonly candidate: Candidate;
  readonly target: Target;
  readonly plan: OutboundPlan;
  /** What is changed in a body of JSON for the sake of the endpoint's other users. */
  readonly edits: readonly Edit[];
  /** Ours, for the answer. */
  readonly headers: HeaderList;
}

/** Gives it with its secrets in plain text: for as long as the connection is not read again. */
export function toTarget(endpoint: Endpoint, hop: string): Target {
  const { origin, pathname } = new URL(`${endpoint.url}${kindSpec(endpoint.kind).openAiPath}`);
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

export function dispatchOptions({ call, candidate, target, plan, edits }: AttemptContext): Dispatcher.DispatchOptions {
  const { connection, upstreamId } = candidate;
  const sent = bodyFor(plan.body, upstreamId, edits);
  return {
    origin: target.origin,
    path: `${plan.isNative ? target.nativePath : target.basePath}${plan.path}`,
    method: call.method,
    headers: withHop(requestHeaders(call.headers, target.headers, sent), call.headers[HOP_HEADER], target.hop),
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

const NO_BODY: Sent = { body: null, type: null, length: null };

function bodyFor(body: OutboundPlan['body'], upstreamId: string, edits: readonly Edit[]): Sent {
  if (body === null) return NO_BODY;
  return 'bytes' in body ? jsonFor(body, upstreamId, edits) : formFor(body, upstreamId);
}

/** The bytes with the endpoint's own name of the model in them. */
function jsonFor({ bytes, model, questionAt }: JsonBody, upstreamId: string, edits: readonly Edit[]): Sent {
  // What was read as JSON is sent as JSON: under another type or charset an endpoint could find another model in it.
  const type = 'application/json';
  const named = model === null || model.value === upstreamId ? edits : [...edits, nameEdit(model, upstreamId)];
  if (named.length === 0 && questionAt === null) return { body: bytes, type, length: null };
  const edited = withEdits(bytes, named);
  const parts = questionAt === null ? edited : withQuestion(edited, questionAt);
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  // undici sends an iterable piece by piece, though its types do not say so: many megabytes are not copied.
  return length <= COPIED_BYTES
    ? { body: Buffer.concat(parts, length), type, length: null }
    : { body: parts as unknown as Buffer, type, length };
}

const nameEdit = ({ start, end }: StringField, name: string): Edit => ({ start, end, text: JSON.stringify(name) });

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
