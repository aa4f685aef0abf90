import type { IncomingHttpHeaders } from 'node:http';
import { textOf } from '../replies/generated-text.js';
import { isList, isObject } from '../replies/template.js';
import type { Json, JsonObject } from '../reply.js';
import { isForeign } from './origin.js';

/** What of a request decides its answer, as far as the recordings show. */
export interface RequestTraits {
  readonly method: string;
  readonly path: string;
  readonly isForeign: boolean;
  readonly key: 'right' | 'wrong' | 'none';
  readonly body: 'absent' | 'malformed' | 'object';
  readonly stream: boolean;
  readonly model: string;
  readonly messages: 'absent' | 'empty' | 'short' | 'long';
  readonly hasTools: boolean;
  readonly thinks: boolean;
  readonly unloads: boolean;
  readonly wantsUsage: boolean;
}

interface RequestParts {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders | Readonly<Record<string, string>>;
  readonly body?: Json | undefined;
  /** The right key; null: none is needed. */
  readonly key: string | null;
}

const LONG_CHARACTERS = 4_096;

export function describeRequest({ method, path, headers, body, key }: RequestParts): RequestTraits {
  const content = isObject(body) ? body : {};
  const options = isObject(content.stream_options) ? content.stream_options : {};
  return {
    method,
    path,
    isForeign: isForeign(headers.host) || isForeign(headers.origin),
    key: keyOf(headers, key),
    body: body === undefined ? 'absent' : isObject(body) ? 'object' : 'malformed',
    // Ollama's own API streams unless told not to.
    stream: content.stream === undefined ? path.startsWith('/api/') : content.stream === true,
    model: textOf(content.model ?? content.source),
    messages: messagesOf(content),
    hasTools: content.tools !== undefined,
    thinks: content.think === true,
    unloads: content.keep_alive === 0,
    wantsUsage: options.include_usage === true,
  };
}

/** How alike two requests are; the weights say which trait decides before which. */
export function likeness(recorded: RequestTraits, asked: RequestTraits, recordedStatus: number): number {
  const same = (trait: keyof RequestTraits, weight: number): number => (recorded[trait] === asked[trait] ? weight : 0);
  // A refusal is mostly the same whether a stream was asked for or not.
  const stream = Math.max(same('stream', 16), recordedStatus >= 400 ? 15 : 0);
  const keys = same('key', 64) + (recorded.key !== 'right' && asked.key !== 'right' ? 32 : 0);
  return (
    keys +
    same('body', 32) +
    stream +
    same('model', 8) +
    same('messages', 8) +
    same('hasTools', 4) +
    same('thinks', 4) +
    same('unloads', 4) +
    same('wantsUsage', 1)
  );
}

function keyOf(headers: RequestParts['headers'], key: string | null): RequestTraits['key'] {
  if (key === null) return 'right';
  const given = headers.authorization?.replace(/^Bearer /, '') ?? headers['x-api-key'];
  if (given === undefined) return 'none';
  return given === key ? 'right' : 'wrong';
}

function messagesOf({ messages }: JsonObject): RequestTraits['messages'] {
  if (!isList(messages)) return 'absent';
  if (messages.length === 0) return 'empty';
  return JSON.stringify(messages).length > LONG_CHARACTERS ? 'long' : 'short';
}
