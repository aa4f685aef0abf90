import { gzipSync } from 'node:zlib';
import type { Profile } from '../profile.js';
import { head } from '../profiles/raw-answer.js';
import type { HeaderList, Json, JsonObject, Reply } from '../reply.js';
import { parseObject } from '../requests/request-body.js';
import type { Exchange } from '../serving/exchange.js';
import { textOf } from './generated-text.js';
import { isList, isObject } from './template.js';

// A careless server: it repeats every header of a request wherever a server can say something, in every way of writing
// it. Its model is `echo`. What a chat gets is said by its last message: a status (`418`), `event` for an error inside
// of the stream, `whole` for one under 200, `long` for one of half a megabyte whose parts are cut anywhere, `gzip`;
// else an answer.

/** What every request has, and tells nothing. */
const ORDINARY = new Set([
  'host',
  'connection',
  'content-length',
  'content-type',
  'transfer-encoding',
  'accept',
  'accept-encoding',
  'accept-language',
  'sec-fetch-mode',
  'user-agent',
  'anthropic-version',
]);
const JSON_TYPE = ['Content-Type', 'application/json'] as const;

const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, '0');
const each = (text: string, change: (code: number) => string): string =>
  Array.from(text, (char) => change(char.codePointAt(0) ?? 0)).join('');
const quoted = (text: string): string => JSON.stringify(text).slice(1, -1);
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const percent = (text: string): string => encodeURIComponent(text);

/** How servers write what they quote, each so that it may stand in a header and between the quotes of JSON. */
const WAYS: readonly ((text: string) => string)[] = [
  quoted,
  (text) => quoted(text).replace(/[<>&]/g, (char) => `\\u00${hex(char.charCodeAt(0), 2)}`),
  (text) => quoted(text).replaceAll('/', String.raw`\/`),
  (text) => quoted(quoted(text)),
  percent,
  (text) => percent(text).replace(/%../g, (escape) => escape.toLowerCase()),
  base64,
  (text) => base64(text).replace(/=+$/, ''),
  (text) => Buffer.from(text).toString('base64url'),
  (text) => base64(`{"quoted":"${text}"}`),
];
/** Too long for headers. */
const LONG_WAYS: readonly ((text: string) => string)[] = [
  (text) => each(text, (code) => `\\u${hex(code, 4)}`),
  (text) => each(text, (code) => `\\u${hex(code, 4).toUpperCase()}`),
  (text) => each(text, (code) => `&#${String(code)};`),
  (text) => each(text, (code) => `&#x${hex(code, 2)};`),
];

/** What each API says where nothing is generated; null: it has no such path. */
const LISTS = { openai: openaiJson, ollama: ollamaJson };

export function echoReply(exchange: Exchange, api: NonNullable<Profile['echo']>): Reply {
  const values = valuesOf(exchange);
  const headers = headersOf(exchange, values);
  const { pathname, method } = exchange;
  const isGeneration = method === 'POST' && pathname !== '/api/show' && pathname !== '/api/pull';
  if (isGeneration) return generationReply(exchange, values, headers);
  const json = LISTS[api](pathname, values);
  return { status: json === null ? 404 : 200, headers: [...headers, JSON_TYPE], text: json ?? errorJson(values) };
}

/** Each header, what stands in it behind a scheme, and what that of Basic holds. */
function valuesOf({ headers }: Exchange): string[] {
  return Object.entries(headers).flatMap(([name, value]) => {
    if (ORDINARY.has(name) || typeof value !== 'string') return [];
    const [, scheme, credentials] = /^(\w+) (.+)$/.exec(value) ?? [];
    if (scheme === undefined || credentials === undefined) return [value];
    if (scheme !== 'Basic') return [value, credentials];
    const pair = Buffer.from(credentials, 'base64').toString();
    return [value, credentials, pair, pair.slice(pair.indexOf(':') + 1)];
  });
}

function headersOf({ headers }: Exchange, values: readonly string[]): HeaderList {
  const plain = Object.entries(headers).filter(([name]) => !ORDINARY.has(name));
  return [
    ...plain.map(([name, value]) => [`X-Echo-${name}`, String(value)] as const),
    ...WAYS.map((way, index) => [`X-Echoed-${String(index)}`, values.map(way).join(' ')] as const),
    ['X-Request-Id', values.join(' ')],
    ['Server', values.join(' ')],
  ];
}

/** As they may stand in a string of JSON. */
const written = (values: readonly string[]): string[] =>
  values.flatMap((value) => [...WAYS, ...LONG_WAYS].map((way) => way(value)));

function openaiJson(pathname: string, values: readonly string[]): string | null {
  if (pathname.endsWith('/version')) return `{"version":"0.1 ${quoted(values.at(-1) ?? '').slice(0, 90)}"}`;
  if (!pathname.endsWith('/models')) return null;
  const rows = written(values).flatMap((text, index) => [
    `{"id":"${text}","object":"model"}`,
    `{"id":"named-${String(index)}","owned_by":"${text}","arch":"${text}","quantization":"${text}","params_string":"${text}"}`,
  ]);
  return `{"object":"list","data":[{"id":"echo","object":"model","owned_by":"vllm"},${rows.join(',')}]}`;
}

function ollamaJson(pathname: string, values: readonly string[]): string | null {
  const [first = ''] = written(values.slice(-1));
  if (pathname === '/api/version') return `{"version":"0.1 ${first.slice(0, 90)}"}`;
  if (pathname === '/api/show') {
    return `{"capabilities":["completion"],"parameters":"${first}","details":{"family":"${first}"},"license":"${first}"}`;
  }
  if (pathname !== '/api/tags' && pathname !== '/api/ps') return null;
  const rows = ['echo:latest', ...written(values)].flatMap((text, index) => {
    const details = `{"family":"${text}","format":"${text}","parameter_size":"${text}","quantization_level":"${text}"}`;
    const told = `"digest":"${text}","size":1,"modified_at":"2026-01-01T00:00:00Z","expires_at":"${text}","details":${details}`;
    return [`{"name":"${text}","model":"${text}",${told}}`, `{"name":"named-${String(index)}:latest",${told}}`];
  });
  return `{"models":[${rows.join(',')}]}`;
}

function generationReply(exchange: Exchange, values: readonly string[], headers: HeaderList): Reply {
  const body = parseObject(exchange.body) ?? {};
  const isNative = exchange.pathname.startsWith('/api/');
  const error = isNative ? `{"error":"${written(values).join(' ')}"}` : errorJson(values);
  const json: HeaderList = [...headers, JSON_TYPE];
  const asked = lastWords(body);
  const status = Number(asked);
  if (asked !== '' && Number.isInteger(status)) {
    const isPage = status === 502;
    const page = `<html><title>${status}</title><body>${values.map(LONG_WAYS[2] ?? quoted).join(' ')}</body></html>`;
    return {
      status,
      headers: isPage ? [...headers, ['Content-Type', 'text/html']] : json,
      text: isPage ? page : error,
    };
  }
  switch (asked) {
    case 'whole':
      return { headers: json, text: error };
    case 'long':
      return {
        status: 400,
        headers: json,
        bytesPerChunk: 4_093,
        chunks: [`{"filler":"${'x'.repeat(261_000)}",`, error.slice(1)],
      };
    case 'gzip': {
      const bytes = gzipSync(error);
      const about: HeaderList = [
        ['Content-Encoding', 'gzip'],
        ['Content-Length', String(bytes.length)],
      ];
      return { bytes: [head(500, [...json, ...about]), { sendBase64: bytes.toString('base64') }] };
    }
    default:
      return answer({ body, isNative, headers, error: asked === 'event' ? error : null });
  }
}

const errorJson = (values: readonly string[]): string =>
  `{"error":{"message":"${written(values).join(' ')}","type":"echo_error","param":null,"code":null}}`;

/** The last message, the prompt or the input, as far as it is text. */
function lastWords(body: JsonObject): string {
  const messages: readonly Json[] = isList(body['messages']) ? body['messages'] : [];
  const last = messages.at(-1);
  const content = isObject(last) ? last['content'] : (body['prompt'] ?? body['input']);
  return textOf(content ?? '');
}

interface Answer {
  readonly body: JsonObject;
  readonly isNative: boolean;
  readonly headers: HeaderList;
  /** Takes the place of the rest of a stream. */
  readonly error: string | null;
}

function answer({ body, isNative, headers, error }: Answer): Reply {
  const isStream = isNative ? body['stream'] !== false : body['stream'] === true;
  const model = textOf(body['model'] ?? '');
  if (isNative) {
    const line = (done: boolean): string =>
      `${JSON.stringify({ model, message: { role: 'assistant', content: 'fine' }, done, ...(done ? { done_reason: 'stop' } : {}) })}\n`;
    if (!isStream) return { headers: [...headers, JSON_TYPE], text: line(true) };
    return {
      headers: [...headers, ['Content-Type', 'application/x-ndjson']],
      chunks: [line(false), error === null ? line(true) : `${error}\n`],
    };
  }
  if (!isStream) {
    const choices = [{ index: 0, message: { role: 'assistant', content: 'fine' }, finish_reason: 'stop' }];
    return { headers, json: { id: 'chatcmpl-echo', object: 'chat.completion', created: 1, model, choices } };
  }
  const event = (finish: string | null): string =>
    `data: ${JSON.stringify({ id: 'chatcmpl-echo', object: 'chat.completion.chunk', created: 1, model, choices: [{ index: 0, delta: { content: 'fine' }, finish_reason: finish }] })}\n\n`;
  const rest = error === null ? [event('stop'), 'data: [DONE]\n\n'] : [`event: error\ndata: ${error}\n\n`];
  return {
    headers: [...headers, ['Content-Type', 'text/event-stream']],
    chunks: [event(null), ...rest],
    bytesPerChunk: 61,
  };
}
