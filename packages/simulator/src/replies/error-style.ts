import type { ErrorStyle, Json, Reply } from '../reply.js';
import { fill, fillText } from './template.js';

const JSON_STYLES: Readonly<Partial<Record<ErrorStyle, Json>>> = {
  openai: { error: { message: '$message', type: '$type', param: null, code: '$code' } },
  ollama: { error: '$message' },
  'llama.cpp': { error: { message: '$message', type: '$type', code: '$status' } },
  tgi: { error: '$message', error_type: '$type' },
  flat: { error: '$message' },
  mistral: { object: 'error', message: { detail: [{ msg: '$message' }] }, type: '$type', param: null, code: '$code' },
  fastapi: { detail: '$message' },
  'fastapi-list': { detail: [{ loc: ['body', 'model'], msg: '$message', type: '$type' }] },
  xai: { code: '$code', error: '$message' },
  google: { error: { code: '$status', message: '$message', status: '$type', details: [] } },
  'google-array': [{ error: { code: '$status', message: '$message', status: '$type' } }],
  anthropic: { type: 'error', error: { type: '$type', message: '$message' } },
  cloudflare: { success: false, result: null, messages: [], errors: [{ code: '$status', message: '$message' }] },
};

const TYPES: Readonly<Record<number, readonly [type: string, code: string | null]>> = {
  400: ['invalid_request_error', null],
  401: ['authentication_error', 'invalid_api_key'],
  403: ['permission_error', null],
  404: ['not_found_error', 'model_not_found'],
  429: ['rate_limit_error', 'rate_limit_exceeded'],
};

/** An error as servers of one style phrase it. */
export function errorReply(style: ErrorStyle, status: number, message: string): Reply {
  const [type, code] = TYPES[status] ?? ['server_error', null];
  const values = { message, status, type, code };
  const json = JSON_STYLES[style];
  if (json !== undefined) return { status, json: fill(json, values) };
  if (style === 'empty') return { status };
  if (style === 'plain') return { status, headers: [['Content-Type', 'text/plain; charset=utf-8']], text: message };
  const page = fillText('<html><head><title>$status</title></head><body><h1>$message</h1></body></html>', values);
  return { status, headers: [['Content-Type', 'text/html']], text: page };
}
