import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DEFAULT_CADENCE } from '../../src/monitor/checks/cadence.js';
import { eventually, startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { startRawEndpoint, type RawEndpoint } from '../support/endpoints/raw-endpoint.js';
import { testDatabases } from '../support/postgres/postgres.js';

const ADD = 'mutation ($input: AddConnectionInput!) { addConnection(input: $input) { id } }';
const SERVED = '{ servedModels(names: ["m"]) { models { available } } }';

let app: TestApp;
let admin: TestClient;
let first: RawEndpoint;
let second: RawEndpoint;
let ids: { first: string; second: string };

/** Two endpoints with the model "m"; the first one is asked first. */
beforeEach(async () => {
  // No check but the first one: what the gateway learns by itself is what counts here.
  app = await startTestApp({ kind: testDatabases[0]!, cadence: { ...DEFAULT_CADENCE, recheckMs: [600_000] } });
  admin = await app.admin();
  first = await startRawEndpoint('first', ['m']);
  second = await startRawEndpoint('second', ['m']);
  ids = { first: await link(first, 'First', 0), second: await link(second, 'Second', 1) };
  await eventually(
    async () => (await admin.data<{ servedModels: { models: { available: boolean }[] }[] }>(SERVED)).servedModels,
    ([served]) => served?.models.filter(({ available }) => available).length === 2,
  );
  // The gateway hears of it a moment later.
  await eventually(
    () => Promise.resolve(app.app.services.routing.table.find('m')?.candidates ?? []),
    (candidates) => candidates.length === 2 && candidates.every(({ status }) => status === 'ONLINE'),
  );
});

afterEach(async () => {
  await app.close();
  await first.close();
  await second.close();
});

async function link(endpoint: RawEndpoint, name: string, priority: number, more: object = {}): Promise<string> {
  const input = { kind: 'OPENAI', url: endpoint.url, name, priority, ...more };
  return (await admin.data<{ addConnection: { id: string } }>(ADD, { input })).addConnection.id;
}

async function chat(body: object = {}, headers: Record<string, string> = {}, client = admin) {
  const response = await client.fetch('/v1/chat/completions', {
    method: 'POST',
    headers,
    body: JSON.stringify({ model: 'm', ...body }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const status =
  (
    code: number,
    headers: Record<string, string> = {},
    body = `{"error":{"message":"${String(code)}"}}`,
  ): RequestListener =>
  (_request, response) =>
    response.writeHead(code, headers).end(body);

const reset: RequestListener = (request) => request.socket.resetAndDestroy();

describe('another endpoint is asked', () => {
  it.each([
    ['refuses the connection', null],
    ['resets it before an answer', reset],
    ['answers 429', status(429)],
    ['answers 502', status(502)],
    ['answers 503', status(503)],
    ['answers 504', status(504)],
    ['answers 408', status(408)],
    ['answers 521 as Cloudflare does', status(521, { 'content-type': 'text/html' }, '<html>web server is down</html>')],
    ['answers 522 as Cloudflare does', status(522, { 'content-type': 'text/html' }, '<html>timed out</html>')],
    ['answers 530 as Cloudflare does', status(530, {}, 'error code: 1033')],
    ['answers 529 as overloaded services do', status(529)],
    ['refuses our key with 401', status(401)],
    ['refuses our key with 403', status(403)],
    ['redirects', status(307, { location: 'http://127.0.0.1:9/' })],
  ])('where the first one %s, and the caller does not notice', async (_what, answer) => {
    if (answer === null) await first.close();
    else first.answer = answer;
    const { status: code, headers, text } = await chat({ n: 1 });
    expect([code, text, headers.get('x-intrallm-connection')]).toEqual([200, '{"name":"second"}', ids.second]);
    expect(second.seen.map(({ body }) => body)).toEqual(['{"model":"m","n":1}']);
  });

  it('where the stream of the first one does not begin in time, but not for anything else', async () => {
    first.answer = () => undefined;
    await admin.data(
      'mutation ($id: ID!, $input: UpdateConnectionInput!) { updateConnection(id: $id, input: $input) { id } }',
      { id: ids.first, input: { firstByteTimeoutMs: 1_000 } },
    );
    await eventually(
      () => Promise.resolve(app.app.services.routing.table.find('m')?.candidates ?? []),
      (candidates) => candidates.some(({ connection }) => connection.firstByteTimeoutMs === 1_000),
    );
    const whole = await chat();
    expect([whole.status, second.seen.length]).toEqual([504, 0]);
    expect(JSON.parse(whole.text)).toMatchObject({ error: { code: 'endpoint_timeout', type: 'server_error' } });
    expect(whole.text).toContain(
      '"m\\" at the connection \\"First\\" did not begin to answer within 1 s, which its connection',
    );
    expect(whole.text).toContain('firstByteTimeoutMs');
    expect([whole.headers.get('retry-after'), whole.headers.get('x-should-retry')]).toEqual([null, 'false']);
    expect(app.log()).toMatch(new RegExp(`${ids.first}.*did not begin to answer within 1 s`));
    const stream = await chat({ stream: true });
    expect([stream.status, stream.headers.get('x-intrallm-connection')]).toEqual([200, ids.second]);
  });

  it('and the one that failed is left alone for a while, until it is tried once more and answers', async () => {
    first.answer = reset;
    await chat();
    first.answer = status(200);
    await chat();
    await chat();
    expect([first.seen.length, second.seen.length]).toEqual([1, 3]);
    await eventually(
      () => Promise.resolve(app.app.services.load.isResting(ids.first)),
      (rests) => !rests,
    );
    await chat();
    await chat();
    expect([first.seen.length, second.seen.length]).toEqual([3, 3]);
  });

  it('while one asked for a pause, and for no longer', async () => {
    first.answer = status(429, { 'retry-after': '1' });
    await chat();
    first.answer = status(200);
    await chat();
    expect([first.seen.length, second.seen.length]).toEqual([1, 2]);
    await eventually(
      () => Promise.resolve(app.app.services.load.isResting(ids.first)),
      (rests) => !rests,
    );
    await chat();
    expect(first.seen).toHaveLength(2);
  });
});

describe('no other endpoint is asked', () => {
  it.each([400, 404, 413, 422, 500, 501])('after %d: that is the answer', async (code) => {
    first.answer = status(code, { 'x-own': 'yes', 'x-request-id': 'theirs' }, '{"error":"its own words"}');
    const answer = await chat();
    expect([answer.status, answer.text, answer.headers.get('x-own')]).toEqual([
      code,
      '{"error":"its own words"}',
      'yes',
    ]);
    expect(answer.headers.get('x-upstream-request-id')).toBe('theirs');
    expect(answer.headers.get('x-request-id')).not.toBe('theirs');
    expect(second.seen).toEqual([]);
  });

  it('after the first byte: a cut stays a cut', async () => {
    first.answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"choices":[{"delta":{"content":"Hel"}}]}\n\n', () =>
        setImmediate(() => response.destroy()),
      );
    };
    const response = await admin.fetch('/v1/chat/completions', { method: 'POST', body: '{"model":"m","stream":true}' });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
    expect(second.seen).toEqual([]);
  });

  it('where the caller names the connection', async () => {
    first.answer = status(503, {}, 'busy');
    const pinned = await chat({}, { 'x-intrallm-connection': ids.first });
    expect([pinned.status, pinned.text, pinned.headers.get('x-should-retry')]).toEqual([503, 'busy', null]);
    expect((await chat({}, { 'x-intrallm-connection': ids.second })).text).toBe('{"name":"second"}');
    expect((await chat({}, { 'x-intrallm-connection': 'nobody' })).status).toBe(400);
  });

  it('of another pool', async () => {
    const third = await startRawEndpoint('third', ['m']);
    try {
      await link(third, 'Third', 0, { pool: 'other' });
      first.answer = reset;
      second.answer = reset;
      expect((await chat()).status).toBe(503);
      expect(third.seen).toEqual([]);
    } finally {
      await third.close();
    }
  });
});

describe('when nobody is left', () => {
  it('the last words of an endpoint are passed on, and official clients are told not to try again', async () => {
    first.answer = status(
      429,
      { 'retry-after': '7', 'content-type': 'application/json' },
      '{"error":{"message":"slow down"}}',
    );
    second.answer = reset;
    const { status: code, headers, text } = await chat();
    expect([code, text]).toEqual([429, '{"error":{"message":"slow down"}}']);
    expect(headers.get('retry-after')).toBe('7');
    expect(headers.get('x-should-retry')).toBe('false');
    expect(headers.get('x-intrallm-connection')).toBe(ids.first);
  });

  it('it is said how many were tried, and to those who may see connections which, and why', async () => {
    first.answer = reset;
    await second.close();
    const mine = await chat();
    expect([mine.status, mine.headers.get('x-should-retry')]).toEqual([503, 'false']);
    expect(JSON.parse(mine.text)).toMatchObject({ error: { code: 'no_healthy_endpoint', type: 'server_error' } });
    expect(mine.text).toContain(
      '2 endpoints did not answer (First: it closed the connection without an answer; Second: Connection refused',
    );

    const { createApiToken } = await admin.data<{ createApiToken: { token: string } }>(
      'mutation { createApiToken(input: { name: "t", scopes: [CHAT] }) { token } }',
    );
    const theirs = await chat({}, {}, app.client(createApiToken.token));
    expect(theirs.status).toBe(503);
    expect(theirs.text).toContain('endpoint');
    expect(theirs.text).not.toMatch(/First|Second|127\.0\.0\.1/);
  });
});

describe('a connection with one place', () => {
  it('has the next caller wait where no other endpoint is free, and nobody more once they left', async () => {
    await second.close();
    await admin.data(
      'mutation ($id: ID!, $input: UpdateConnectionInput!) { updateConnection(id: $id, input: $input) { id } }',
      { id: ids.first, input: { maxInFlight: 1 } },
    );
    await admin.data('mutation ($id: ID!) { toggleConnection(id: $id, enabled: false) { id } }', { id: ids.second });
    await eventually(
      () => Promise.resolve(app.app.services.routing.table.find('m')?.candidates ?? []),
      (candidates) => candidates.length === 1 && candidates[0]?.connection.maxInFlight === 1,
    );
    const held: (() => void)[] = [];
    first.answer = (_request, response) => held.push(() => response.end('{}'));
    const one = chat();
    await eventually(
      () => Promise.resolve(held.length),
      (count) => count === 1,
    );
    const leaving = new AbortController();
    const left = admin.fetch('/v1/chat/completions', { method: 'POST', body: '{"model":"m"}', signal: leaving.signal });
    const two = chat();
    leaving.abort();
    await expect(left).rejects.toThrow();
    expect(held).toHaveLength(1);
    held[0]?.();
    expect((await one).status).toBe(200);
    await eventually(
      () => Promise.resolve(held.length),
      (count) => count === 2,
    );
    held[1]?.();
    expect((await two).status).toBe(200);
    expect(first.seen).toHaveLength(2);
  });
});

it('a raised limit lets in those who wait, without another request having to end', async () => {
  const update = (maxInFlight: number | null) =>
    admin.data(
      'mutation ($id: ID!, $input: UpdateConnectionInput!) { updateConnection(id: $id, input: $input) { id } }',
      { id: ids.first, input: { maxInFlight } },
    );
  const limitIs = (limit: number | null) =>
    eventually(
      () => Promise.resolve(app.app.services.routing.table.server(ids.first)?.connection.maxInFlight),
      (known) => known === limit,
    );
  await update(1);
  await limitIs(1);
  const held: (() => void)[] = [];
  first.answer = (_request, response) => held.push(() => response.end('{}'));
  const pinned = () => chat({}, { 'x-intrallm-connection': ids.first });
  const all = [pinned(), pinned(), pinned()];
  await eventually(
    () => Promise.resolve(held.length),
    (count) => count === 1,
  );
  await update(3);
  await eventually(
    () => Promise.resolve(held.length),
    (count) => count === 3,
  );
  for (const answer of held) answer();
  expect((await Promise.all(all)).map(({ status: code }) => code)).toEqual([200, 200, 200]);
});

it('a caller that leaves is heard of at the endpoint, also before the first byte', async () => {
  const closed: Promise<unknown>[] = [];
  first.answer = (_request, response) => closed.push(once(response, 'close'));
  const leaving = new AbortController();
  const left = admin.fetch('/v1/chat/completions', { method: 'POST', body: '{"model":"m"}', signal: leaving.signal });
  await eventually(
    () => Promise.resolve(closed.length),
    (count) => count === 1,
  );
  leaving.abort();
  await expect(left).rejects.toThrow();
  await closed[0];
  await eventually(
    () => Promise.resolve(app.app.services.load.inFlight(ids.first)),
    (count) => count === 0,
  );
  expect(second.seen).toEqual([]);
});
