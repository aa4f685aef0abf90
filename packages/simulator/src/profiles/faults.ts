import { gzipSync } from 'node:zlib';
import type { ModelSeed, Profile } from '../profile.js';
import type { HeaderList, Reply } from '../reply.js';
import { chunk, head } from './raw-answer.js';

const LIST =
  '{"object":"list","data":[{"id":"faulty-model","object":"model","created":1760000000,"owned_by":"simulator"}]}';
const JSON_TYPE: HeaderList = [['Content-Type', 'application/json']];
const CHUNKED: HeaderList = [...JSON_TYPE, ['Transfer-Encoding', 'chunked']];
const MODELS: readonly ModelSeed[] = [{ id: 'faulty-model' }];
const GZIPPED = gzipSync(LIST);

function fault(id: string, names: readonly string[], title: string, everything: Reply): Profile {
  return { id, names, title, kind: 'OPENAI', base: '/v1', models: MODELS, everything };
}

function working(id: string, names: readonly string[], title: string, more: Partial<Profile>): Profile {
  const lists = { data: { id: '$id', object: 'model', created: 1_760_000_000, owned_by: 'simulator' } };
  return { id, names, title, kind: 'OPENAI', base: '/v1', models: MODELS, lists, ...more };
}

function withLength(bytes: number): HeaderList {
  return [...JSON_TYPE, ['Content-Length', String(bytes)]];
}

const silence: readonly Profile[] = [
  fault('F01', ['black-hole'], 'Accepts connections and never answers', { bytes: [{ hold: true }] }),
  fault('F02', ['reset'], 'Resets the connection once it has the request', { bytes: [{ cut: 'reset' }] }),
  fault('F03', ['no-answer'], 'Closes the connection without an answer', { bytes: [{ cut: 'end' }] }),
  fault('F04', ['headers-then-hang'], 'Sends the head, then nothing', {
    bytes: [head(200, withLength(LIST.length)), { hold: true }],
  }),
  fault('F05', ['byte-per-second'], 'Sends the body one byte a second', {
    bytes: [head(200, withLength(LIST.length)), { drip: LIST, everyMs: 1_000 }],
  }),
  working('F06', ['slow'], 'Takes two seconds for everything', { slowMs: 2_000 }),
];

const bytes: readonly Profile[] = [
  fault('F10', ['cut-body'], 'Resets half-way through a body of known length', {
    bytes: [head(200, withLength(LIST.length)), { send: LIST.slice(0, 40) }, { waitMs: 20 }, { cut: 'reset' }],
  }),
  fault('F11', ['short-body'], 'Ends before the length it announced', {
    bytes: [head(200, withLength(LIST.length + 50)), { send: LIST }, { cut: 'end' }],
  }),
  fault('F12', ['half-chunk'], 'Ends in the midst of a chunk', {
    bytes: [head(200, CHUNKED), { send: chunk(LIST).slice(0, 40) }, { cut: 'end' }],
  }),
  fault('F13', ['bad-chunk-size'], 'A chunk whose size is no number', {
    bytes: [head(200, CHUNKED), { send: `zz\r\n${LIST}\r\n` }, { cut: 'end' }],
  }),
  fault('F14', ['not-http'], 'Speaks something else than HTTP', {
    bytes: [{ send: 'SSH-2.0-OpenSSH_9.6\r\n' }, { cut: 'end' }],
  }),
  fault('F15', ['gzip-unasked'], 'A gzipped body that nobody asked for', {
    bytes: [
      head(200, [...withLength(GZIPPED.length), ['Content-Encoding', 'gzip']]),
      { sendBase64: GZIPPED.toString('base64') },
    ],
  }),
  fault('F16', ['bad-gzip'], 'A body that says gzip and is not', {
    bytes: [head(200, [...withLength(LIST.length), ['Content-Encoding', 'gzip']]), { send: LIST }],
  }),
  fault('F17', ['huge-body'], 'A list of a gigabyte', {
    bytes: [
      head(200, [...JSON_TYPE, ['Connection', 'close']]),
      { send: '{"object":"list","data":[{"id":"first"}' },
      { repeat: ',{"id":"x","object":"model"}', times: 40_000_000 },
      { send: ']}' },
    ],
  }),
  fault('F18', ['huge-headers'], 'A head of a megabyte', {
    bytes: [
      { send: 'HTTP/1.1 200 OK\r\nX-Long: ' },
      { repeat: 'x', times: 1_048_576 },
      { send: `\r\nContent-Length: ${LIST.length}\r\n\r\n${LIST}` },
    ],
  }),
];

const contents: readonly Profile[] = [
  fault('F20', ['not-json'], 'Says JSON and sends something else', { headers: JSON_TYPE, text: 'Service is fine!' }),
  fault('F21', ['empty-body'], '200 without a body', { headers: JSON_TYPE }),
  fault('F22', ['wrong-shape'], 'JSON that is no list', { json: { status: 'ok' } }),
  fault('F23', ['null-json'], 'null', { headers: JSON_TYPE, text: 'null' }),
  fault('F24', ['deep-json'], 'A hundred thousand brackets', {
    headers: JSON_TYPE,
    text: '['.repeat(100_000) + ']'.repeat(100_000),
  }),
  fault('F25', ['odd-items'], 'Items without id, with null, doubled, of other types', {
    json: {
      object: 'list',
      data: [
        null,
        7,
        'text',
        {},
        { id: null },
        { id: '' },
        { name: 'by-name' },
        { id: 'good', name: null },
        { id: 'good' },
      ],
    },
  }),
  fault('F26', ['html'], 'A web page on every path', {
    headers: [['Content-Type', 'text/html']],
    text: '<!doctype html><title>Welcome</title>',
  }),
  working('F27', ['many-models'], 'Fifty thousand models', {
    models: Array.from({ length: 50_000 }, (_, index) => ({ id: `model-${index + 1}` })),
  }),
];

const statuses: readonly Profile[] = [
  fault('F30', ['redirect'], 'Redirects to another place', {
    status: 302,
    headers: [['Location', 'http://127.0.0.1:9/v1/models']],
  }),
  fault('F31', ['redirect-loop'], 'Redirects to itself', { status: 307, headers: [['Location', '$path']] }),
  fault('F32', ['forbidden'], '403', { status: 403, json: { error: { message: 'Country not supported' } } }),
  fault('F33', ['rate-limited'], '429 with Retry-After', {
    status: 429,
    headers: [['Retry-After', '20']],
    json: { error: { message: 'Rate limit reached', type: 'requests', code: 'rate_limit_exceeded' } },
  }),
  fault('F34', ['quota-exceeded'], '429 because the money is spent', {
    status: 429,
    json: {
      error: { message: 'You exceeded your current quota.', type: 'insufficient_quota', code: 'insufficient_quota' },
    },
  }),
  fault('F35', ['server-error'], '500', { status: 500, json: { error: { message: 'Internal error' } } }),
  fault('F36', ['bad-gateway'], '502 of a proxy', {
    status: 502,
    headers: [['Content-Type', 'text/html']],
    text: '<html><body><h1>502 Bad Gateway</h1></body></html>',
  }),
  fault('F37', ['payment-required'], '402', { status: 402, json: { error: { message: 'Insufficient credits' } } }),
];

const encrypted: readonly Profile[] = [
  working('F40', ['tls'], 'https with a certificate that it signed itself', {
    tls: { hosts: ['localhost', '127.0.0.1'], validDays: 30 },
  }),
  working('F41', ['tls-expired'], 'https with a certificate that has expired', {
    tls: { hosts: ['localhost', '127.0.0.1'], validDays: -1 },
  }),
  working('F42', ['tls-wrong-host'], 'https with the certificate of another host', {
    tls: { hosts: ['elsewhere.example'], validDays: 30 },
  }),
];

/** What can go wrong with any server. */
export const faults: readonly Profile[] = [...silence, ...bytes, ...contents, ...statuses, ...encrypted];
