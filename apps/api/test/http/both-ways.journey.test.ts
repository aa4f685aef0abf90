import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Gate } from '../../src/http/gate/gate.js';
import { eventually, startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { startRawEndpoint, type RawEndpoint } from '../support/endpoints/raw-endpoint.js';
import { testDatabases } from '../support/postgres/postgres.js';

// Each refusal is asked for twice: at the path of a route, which the server answers before Fastify sees the request,
// and at the same path with a query, which Fastify's router has to match. The caller must not be able to tell the two
// apart.

const CREATE = `mutation ($scopes: [Scope!]!, $perMinute: Int) {
  createApiToken(input: { name: "t", scopes: $scopes, requestsPerMinute: $perMinute }) { token apiToken { id } }
}`;
const ADD = 'mutation ($url: String!) { addConnection(input: { kind: OPENAI, url: $url }) { id } }';
const REVOKE = 'mutation ($id: ID!) { revokeApiToken(id: $id) }';

let app: TestApp;
let endpoint: RawEndpoint;
let port: number;
let own: string;
/** Called once for each request that the short way took and refused. */
const handOver = jest.spyOn(Gate.prototype, 'handOver');
/** Authorization headers by name: the table below is written before the tokens exist. */
const tokens: Record<string, string> = {};
let endedSession: string;

async function create(admin: TestClient, name: string, scopes: readonly string[], perMinute: number | null = null) {
  const { createApiToken } = await admin.data<{ createApiToken: { token: string; apiToken: { id: string } } }>(CREATE, {
    scopes,
    perMinute,
  });
  tokens[name] = `Bearer ${createApiToken.token}`;
  return createApiToken.apiToken.id;
}

beforeAll(async () => {
  app = await startTestApp({ kind: testDatabases[0]! });
  ({ port } = app.app.http.app.server.address() as AddressInfo);
  own = `127.0.0.1:${String(port)}`;
  const admin = await app.admin();
  endpoint = await startRawEndpoint('one', ['m']);
  await admin.data(ADD, { url: endpoint.url });
  await eventually(
    () => Promise.resolve(app.app.services.routing.table.find('m')),
    (route) => route !== undefined,
  );
  await create(admin, 'chats', ['CHAT']);
  await create(admin, 'reads', ['MODELS_READ']);
  await create(admin, 'once', ['CHAT'], 1);
  const revoked = await create(admin, 'revoked', ['CHAT']);
  await refusal('/v1/chat/completions', { token: 'revoked', body: '{' });
  await admin.data(REVOKE, { id: revoked });
  const leaving = await app.admin();
  endedSession = leaving.cookie ?? '';
  await leaving.data('mutation { signOut }');
}, 120_000);
afterAll(async () => {
  handOver.mockRestore();
  await app.close();
  await endpoint.close();
});

interface Asked {
  /** Name of a token of `tokens`. */
  readonly token?: string;
  /** Sent beside our own Host, or with a Host of theirs in its place. */
  readonly headers?: () => readonly (readonly [name: string, value: string])[];
  readonly body?: string | Buffer;
}

interface Refusal {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The fields of its log line that do not differ between two requests. */
  readonly line: object;
  /** Message, level and code of every other line that the log holds of it. */
  readonly more: readonly unknown[];
}

/** What is told and logged of a refused request, without what differs between any two requests. */
async function refusal(target: string, { token, headers = () => [], body = '{"model":"m"}' }: Asked): Promise<Refusal> {
  const sent = [...headers()];
  if (!sent.some(([name]) => name === 'Host')) sent.unshift(['Host', own]);
  if (token !== undefined) sent.push(['Authorization', tokens[token] ?? '']);
  sent.push(['Content-Length', String(Buffer.byteLength(body))]);
  const { status, told, answer } = await new Promise<{ status: number; told: string; answer: IncomingHttpHeaders }>(
    (resolve, reject) => {
      const options = { port, host: '127.0.0.1', path: target, method: 'POST', headers: sent.flat(), agent: false };
      const request = httpRequest(options, (response) => {
        text(response).then((read) => {
          resolve({ status: response.statusCode ?? 0, told: read, answer: response.headers });
        }, reject);
      });
      request.once('error', reject);
      request.end(body);
    },
  );
  const { 'x-request-id': id, date, 'retry-after': retryAfter, ...rest } = answer;
  expect([id, date]).toEqual([expect.stringMatching(/^[\w-]{36}$/), expect.any(String)]);
  // It counts down by the second.
  if (retryAfter !== undefined) expect(retryAfter).toMatch(/^\d+$/);
  const lines = await eventually(
    () => Promise.resolve(linesOf(String(id))),
    (found) => found.some(({ msg }) => msg === 'request'),
  );
  const [line, ...again] = lines.filter(({ msg }) => msg === 'request');
  expect(again).toEqual([]);
  const { method, path, status: logged, ip } = line ?? {};
  return {
    status,
    headers: { ...rest, hasRetryAfter: String(retryAfter !== undefined) },
    body: told.replaceAll(String(id), '<id>').replaceAll(/\d+ seconds?/g, '<n> seconds'),
    line: { method, path, status: logged, ip },
    more: lines.filter(({ msg }) => msg !== 'request').map(({ msg, level, code }) => [msg, level, code]),
  };
}

const linesOf = (id: string): Record<string, unknown>[] =>
  app
    .log()
    .split('\n')
    .filter((line) => line.includes(id))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const PATHS = ['/v1/chat/completions', '/api/chat'];

async function compare(path: string, asked: Asked, status: number): Promise<Refusal> {
  // Looks the credential up, so that it is in memory for the short way.
  await refusal(path, asked);
  handOver.mockClear();
  const short = await refusal(path, asked);
  expect(handOver).toHaveBeenCalledTimes(1);
  const long = await refusal(`${path}?by=fastify`, asked);
  expect(handOver).toHaveBeenCalledTimes(1);
  expect(short).toEqual(long);
  expect([short.status, short.line]).toEqual([status, { method: 'POST', path, status, ip: '127.0.0.1' }]);
  return short;
}

const LONG_HOPS = Array.from({ length: 9 }, (_, index) => `gateway-${String(index)}`).join(',');
const authorization = (value: string) => () => [['Authorization', value] as const];

const REFUSALS: readonly [what: string, status: number, asked: Asked][] = [
  ['no credential', 401, {}],
  ['an empty Authorization header', 401, { headers: authorization('') }],
  ['another scheme', 401, { headers: authorization('Basic eDp5') }],
  ['a token that nobody has', 401, { headers: authorization(`Bearer ilm_${'a'.repeat(43)}`) }],
  ['a token that was revoked', 401, { token: 'revoked' }],
  [
    'a session that is over',
    401,
    {
      headers: () => [
        ['Cookie', endedSession],
        ['Origin', `http://${own}`],
      ],
    },
  ],
  [
    'a session shown by a foreign page',
    403,
    {
      headers: () => [
        ['Cookie', endedSession],
        ['Origin', 'http://foreign.example'],
      ],
    },
  ],
  ['a token that may not do this', 403, { token: 'reads' }],
  ['a name that is not ours', 403, { headers: () => [['Host', 'foreign.example']] }],
  ['no credential under a Host that is no name', 401, { headers: () => [['Host', 'xn--']] }],
  [
    'two Host headers',
    400,
    {
      token: 'chats',
      headers: () => [
        ['Host', own],
        ['Host', 'other.example'],
      ],
    },
  ],
  ['too many gateways in a row', 508, { token: 'chats', headers: () => [['X-IntraLLM-Hop', LONG_HOPS]] }],
  ['a form', 415, { token: 'chats', headers: () => [['Content-Type', 'multipart/form-data; boundary=a']] }],
  ['a coding that is not known', 415, { token: 'chats', headers: () => [['Content-Encoding', 'compress']] }],
  ['a body that is not what its coding says', 400, { token: 'chats', headers: () => [['Content-Encoding', 'gzip']] }],
  ['a body that is no JSON', 400, { token: 'chats', body: '{' }],
  ['a body without a model', 400, { token: 'chats', body: '{}' }],
  ['a model that nobody serves', 404, { token: 'chats', body: '{"model":"none"}' }],
  ['a body that is too large', 413, { token: 'chats', body: Buffer.alloc(32 * 1024 * 1024 + 1, ' ') }],
  ['a token that has asked too often', 429, { token: 'once' }],
];

describe.each(PATHS)('a caller of %s is told and the log says the same by either way for', (path) => {
  it.each(REFUSALS)('%s (%d)', async (_, status, asked) => {
    await compare(path, asked, status);
  });
});

it('clears the cookie of a session that is over by either way', async () => {
  const [, , asked] = REFUSALS.find(([what]) => what === 'a session that is over')!;
  const { headers } = await compare('/v1/chat/completions', asked, 401);
  expect(String(headers['set-cookie'])).toContain('intrallm_session=;');
});

it.each([
  ['a path that no route has', '/v1/nothing', 404],
  ['a path that no route of Ollama has', '/api/nothing', 404],
  ['a method that the route does not take', '/api/tags', 405],
  ['a path that cannot be decoded', '/v1/chat/completions%', 400],
] as const)('%s never comes by the short way, and a query changes nothing', async (_, path, status) => {
  handOver.mockClear();
  const plain = await refusal(path, { token: 'chats' });
  expect(plain).toEqual(await refusal(`${path}?by=fastify`, { token: 'chats' }));
  expect([plain.status, handOver.mock.calls]).toEqual([status, []]);
});

it.each(PATHS)('a server that is closing refuses %s by either way alike', async (path) => {
  await refusal(path, { token: 'chats', body: '{' });
  const gate = handOver.mock.contexts.at(-1) as Gate;
  gate.close();
  const { headers } = await compare(path, { token: 'chats' }, 503);
  expect(headers['hasRetryAfter']).toBe('true');
});
