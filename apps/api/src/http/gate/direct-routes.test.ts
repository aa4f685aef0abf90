import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { Actor, Origin } from '../../auth/actor.js';
import type { PresentedCredentials } from '../../auth/credentials/credentials.js';
import type { AnswerExchange, Exchange } from '../../auth/exchange.js';
import type { Scope } from '../../auth/scope.js';
import { AppError, unauthenticated } from '../../errors.js';
import { createLogger } from '../../log/logger.js';
import { createMetrics, type Metrics } from '../metrics.js';
import { createHttpServer, type HttpServer } from '../server.js';

const ACCESS = { needs: 'CHAT' } as const;

/** "known" and "weak" are remembered, "new" is not; who has "weak" may not chat. */
const credentials = {
  recall: ({ authorization = '' }: PresentedCredentials, origin: Origin): Actor | null => {
    if (authorization === 'Bearer known' && !forgotten) return person(['CHAT'], origin);
    if (authorization === 'Bearer weak') return person([], origin);
    if (authorization === 'Bearer wrong') throw unauthenticated('no such token');
    return null;
  },
  authenticate: (presented: PresentedCredentials, origin: Origin): Promise<Actor> =>
    presented.authorization === 'Bearer new'
      ? Promise.resolve(person(['CHAT'], origin))
      : Promise.reject(unauthenticated('no such token')),
};

const person = (scopes: readonly Scope[], origin: Origin): Actor => ({
  type: 'person',
  userId: 'u',
  sessionId: 's',
  label: 'Ada',
  scopes: new Set(scopes),
  authenticatedAt: new Date(),
  ...origin,
});

let server: HttpServer;
/** Nobody is in memory any more. */
let forgotten: boolean;
let base: string;
/** Received so far. */
let requests: () => number;
let metrics: Metrics;
let lines: Record<string, unknown>[];
/** What the route was given. */
let taken: Exchange[];
/** Targets of the requests that Fastify was given and the gate admitted. */
let byFastify: (string | undefined)[];
let handle: AnswerExchange;

beforeEach(async () => {
  forgotten = false;
  [lines, taken, byFastify, metrics] = [[], [], [], createMetrics()];
  handle = ({ id, answer }) => {
    answer.writeHead(200, ['x-request-id', id]).end('directly');
    return Promise.resolve();
  };
  server = await createHttpServer({
    config: { publicUrl: null, trustedProxies: [] },
    logger: createLogger({
      level: 'info',
      destination: { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
    }),
    credentials,
    metrics,
    checkReady: () => Promise.resolve(),
    adminFiles: null,
  });
  server.app.addHook('onRequest', (request, _reply, done) => {
    byFastify.push(request.raw.url);
    done();
  });
  server.direct.post(server.app, {
    url: '/way',
    config: { access: ACCESS },
    handle: (exchange) => {
      taken.push(exchange);
      return handle(exchange);
    },
  });
  let seen = 0;
  server.app.server.on('request', () => (seen += 1));
  requests = () => seen;
  await server.app.listen({ host: '127.0.0.1', port: 0 });
  base = `http://127.0.0.1:${String((server.app.server.address() as AddressInfo).port)}`;
});
afterEach(() => server.close(100));

const ask = (token: string | null, path = '/way', method = 'POST') =>
  fetch(base + path, { method, headers: token === null ? {} : { authorization: `Bearer ${token}` } });
const logged = async (count = 1) => {
  while (lines.length < count) await new Promise((resolve) => setImmediate(resolve));
  return lines;
};
const measured = async (): Promise<string[]> => {
  const text = (await metrics.registry.metrics()).split('\n');
  return text.filter((line) => line.startsWith('intrallm_http_request_duration_seconds_count'));
};

it('answers who is known and may ask, logged and measured once under the id that the caller is told', async () => {
  const response = await ask('known');
  expect(await response.text()).toBe('directly');
  expect(taken).toMatchObject([{ actor: { userId: 'u', ip: '127.0.0.1' } }]);
  expect(byFastify).toEqual([]);
  const id = response.headers.get('x-request-id');
  expect(id).toBe(taken[0]?.id);
  expect(await logged()).toMatchObject([{ requestId: id, method: 'POST', path: '/way', status: 200, ip: '127.0.0.1' }]);
  expect(await measured()).toEqual([
    'intrallm_http_request_duration_seconds_count{method="POST",route="/way",status="200"} 1',
  ]);
});

it.each([
  ['a credential that is not in memory', () => ask('new'), 200, 'directly'],
  ['a query', () => ask('known', '/way?a=b'), 200, 'directly'],
  ['another method', () => ask('known', '/way', 'PUT'), 404, 'NOT_FOUND'],
  ['another path', () => ask('known', '/way/', 'POST'), 404, 'NOT_FOUND'],
])('leaves %s to Fastify', async (_, asked, status, text) => {
  const response = await asked();
  expect([response.status, await response.text()]).toEqual([status, expect.stringContaining(text)]);
  expect(byFastify).toHaveLength(1);
  expect(taken).toHaveLength(status === 200 ? 1 : 0);
  const requests = (await logged()).filter(({ msg }) => msg === 'request');
  expect(requests).toMatchObject([{ status, requestId: response.headers.get('x-request-id') }]);
});

it.each([
  ['a credential that is remembered as wrong', 'wrong', 401, 'UNAUTHENTICATED'],
  ['a caller that may not do this', 'weak', 403, 'FORBIDDEN'],
  ['a caller without a credential', null, 401, 'UNAUTHENTICATED'],
])('has Fastify tell %s why it is refused', async (_, token, status, code) => {
  const response = await ask(token);
  expect([response.status, await response.text()]).toEqual([status, expect.stringContaining(code)]);
  expect(response.headers.get('content-security-policy')).toContain('default-src');
  expect(taken).toEqual([]);
  const requests = (await logged()).filter(({ msg }) => msg === 'request');
  expect(requests).toMatchObject([{ status, requestId: response.headers.get('x-request-id') }]);
});

it('has an error told by Fastify, under the same id and logged once as a request', async () => {
  handle = () => Promise.reject(new AppError('RATE_LIMITED', 'Too many.', { retryAfterMs: 2_000 }));
  const response = await ask('known');
  expect(response.status).toBe(429);
  expect(response.headers.get('retry-after')).toBe('2');
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  const id = taken[0]?.id;
  expect(response.headers.get('x-request-id')).toBe(id);
  expect(await response.json()).toMatchObject({ error: { code: 'RATE_LIMITED', requestId: id } });
  const requests = (await logged()).filter(({ msg }) => msg === 'request');
  expect(requests).toMatchObject([{ requestId: id, status: 429 }]);
  expect(await measured()).toEqual([
    'intrallm_http_request_duration_seconds_count{method="POST",route="/way",status="429"} 1',
  ]);
});

it('cuts an answer that fails when it has begun, and tells the log why', async () => {
  handle = ({ answer }) => {
    answer.writeHead(200);
    answer.write('half');
    return Promise.reject(new Error('lost'));
  };
  await expect(ask('known').then((response) => response.text())).rejects.toThrow();
  const [first, second] = await logged(2);
  expect(first).toMatchObject({ level: 'error', requestId: taken[0]?.id, err: { message: 'lost' } });
  expect(second).toMatchObject({ msg: 'request', aborted: true });
});

it('takes nothing any more when the server closes', async () => {
  let finish = (): void => undefined;
  const hasBegun = new Promise<void>((begun) => {
    handle = ({ answer }) => {
      begun();
      finish = () => void answer.writeHead(200, { 'content-length': '8' }).end('the last');
      return Promise.resolve();
    };
  });
  const socket = connect(Number(new URL(base).port), '127.0.0.1');
  const request = 'POST /way HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer known\r\nContent-Length: 0\r\n\r\n';
  let received = '';
  socket.setEncoding('utf8').on('data', (text: string) => (received += text));
  socket.write(request);
  await hasBegun;
  const closed = server.close(5_000);
  // On the same connection while the first is under way: the server sees it before it has closed.
  socket.write(request);
  while (requests() < 2) await new Promise((resolve) => setImmediate(resolve));
  finish();
  await once(socket, 'close');
  await closed;
  // Whether it still hears the refusal is Node's affair; what was under way is answered.
  expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*the last/);
  expect(taken).toHaveLength(1);
});

it('tells an error in its own words when the server closes meanwhile, and asks nobody again who it was', async () => {
  let fail = (): void => undefined;
  const hasBegun = new Promise<void>((begun) => {
    handle = () => {
      begun();
      return new Promise((_, reject) => {
        fail = () => reject(new AppError('MODEL_NOT_FOUND', 'No such model.'));
      });
    };
  });
  const response = ask('known');
  await hasBegun;
  const closed = server.close(5_000);
  forgotten = true;
  fail();
  expect((await response).status).toBe(404);
  expect(await (await response).json()).toMatchObject({ error: { code: 'MODEL_NOT_FOUND', requestId: taken[0]?.id } });
  await closed;
});
