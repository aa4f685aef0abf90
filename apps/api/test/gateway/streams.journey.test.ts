import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { startRawEndpoint, type RawEndpoint } from '../support/endpoints/raw-endpoint.js';
import { testDatabases } from '../support/postgres/postgres.js';

const ADD = 'mutation ($input: AddConnectionInput!) { addConnection(input: $input) { id } }';
const KEY = 'sk-endpoint-0123456789';

let app: TestApp;
let admin: TestClient;
let openai: RawEndpoint;
let ollama: RawEndpoint;

beforeAll(async () => {
  app = await startTestApp({ kind: testDatabases[0]! });
  admin = await app.admin();
  openai = await startRawEndpoint('openai', ['m']);
  ollama = await startRawEndpoint('ollama', ['o']);
  await admin.data(ADD, { input: { kind: 'OPENAI', url: openai.url, apiKey: KEY } });
  const url = ollama.url.replace('/v1', '');
  await admin.data(ADD, { input: { kind: 'OLLAMA', url, declaredModels: ['o'] } });
  await eventually(
    () => Promise.resolve(['m', 'o'].map((name) => app.app.services.routing.table.find(name))),
    (routes) => routes.every((route) => route !== undefined),
  );
}, 120_000);

afterAll(async () => {
  await app.close();
  await openai.close();
  await ollama.close();
});

const ask = (model = 'm', path = '/v1/chat/completions', signal?: AbortSignal) =>
  admin.fetch(path, {
    method: 'POST',
    body: JSON.stringify({ model, stream: true }),
    ...(signal === undefined ? {} : { signal }),
  });

const EVENTS = { 'content-type': 'text/event-stream; charset=utf-8' };
const DELTA = 'data: {"choices":[{"delta":{"content":"Grüße 🙂"},"finish_reason":null}]}';
const STOP = 'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}';

/** What the log says of the last request: outcome and tokens. */
async function lastEnded(count: number): Promise<{ outcome: string; tokens: { input: number | null } }> {
  const ended = () =>
    app
      .log()
      .split('\n')
      .filter((line) => line.includes('a gateway request ended'));
  const lines = await eventually(
    () => Promise.resolve(ended()),
    (all) => all.length > count,
  );
  return JSON.parse(lines.at(-1)!) as { outcome: string; tokens: { input: number | null } };
}
const endedSoFar = () => app.log().split('a gateway request ended').length - 1;

describe('the bytes of a stream come through as they were sent', () => {
  it.each([
    ['with LF', `${DELTA}\n\n${STOP}\n\ndata: [DONE]\n\n`],
    ['with CR LF', `${DELTA}\r\n\r\n${STOP}\r\n\r\ndata: [DONE]\r\n\r\n`],
    [
      'with comments and blank lines',
      `\n\n: OPENROUTER PROCESSING\n\n${DELTA}\n\n: ping\n\n${STOP}\n\ndata: [DONE]\n\n`,
    ],
    ['with no last line end', `${DELTA}\n\n${STOP}\n\ndata: [DONE]`],
    [
      'with other fields and no space',
      `event: x\nid: 7\nretry: 5\n${DELTA.replace(': ', ':')}\n\n${STOP}\n\ndata:[DONE]\n\n`,
    ],
    ['with an error and then [DONE]', `${DELTA}\n\ndata: {"error":{"message":"no memory"}}\n\ndata: [DONE]\n\n`],
    ['with a line of 8 MB', `data: {"x":"${'a'.repeat(8 << 20)}"}\n\n${STOP}\n\ndata: [DONE]\n\n`],
    ['with bytes that are no UTF-8', Buffer.from([0x64, 0xff, 0xfe, 0x0a, 0x0a])],
  ])('%s', async (_what, text) => {
    const sent = Buffer.from(text as string);
    openai.answer = (_request, response) => response.writeHead(200, EVENTS).end(sent);
    const response = await ask();
    expect(Buffer.from(await response.arrayBuffer()).equals(sent)).toBe(true);
    expect(response.headers.get('cache-control')).toBe('no-cache, no-transform');
    expect(response.headers.get('x-accel-buffering')).toBe('no');
  });

  it('one byte at a time', async () => {
    const sent = Buffer.from(`${DELTA}\n\n${STOP}\n\ndata: [DONE]\n\n`);
    openai.answer = (_request, response) => {
      response.writeHead(200, EVENTS);
      const next = (at: number): void => {
        if (at === sent.length) response.end();
        else response.write(sent.subarray(at, at + 1), () => setImmediate(next, at + 1));
      };
      next(0);
    };
    const before = endedSoFar();
    const response = await ask();
    expect(Buffer.from(await response.arrayBuffer()).equals(sent)).toBe(true);
    expect((await lastEnded(before)).outcome).toBe('complete');
  });

  it('each frame when it is there, the head before the first', async () => {
    let open: ServerResponse | null = null;
    openai.answer = (_request, response) => {
      open = response.writeHead(200, EVENTS);
      response.flushHeaders();
    };
    const response = await ask();
    const reader = response.body!.getReader();
    for (const frame of [`${DELTA}\n\n`, ': ping\n\n', `${STOP}\n\n`]) {
      open!.write(frame);
      expect(Buffer.from((await reader.read()).value).toString()).toBe(frame);
    }
    open!.end();
    expect((await reader.read()).done).toBe(true);
  });

  it('a compressed answer that nobody asked for', async () => {
    const sent = Buffer.from('not really gzip');
    openai.answer = (_request, response) =>
      response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-encoding': 'x-own' }).end(sent);
    const response = await ask();
    expect(response.headers.get('content-encoding')).toBe('x-own');
    expect(Buffer.from(await response.arrayBuffer()).equals(sent)).toBe(true);
  });
});

describe('how a stream ends is told apart', () => {
  it.each([
    ['complete', `${DELTA}\n\n${STOP}\n\ndata: [DONE]\n\n`],
    ['complete', `${DELTA}\n\n${STOP}\n\n`],
    ['upstream-error', `${DELTA}\n\ndata: {"error":{"message":"no memory"}}\n\ndata: [DONE]\n\n`],
    ['truncated', `${DELTA}\n\n`],
  ])('%s', async (outcome, text) => {
    openai.answer = (_request, response) => response.writeHead(200, EVENTS).end(text);
    const before = endedSoFar();
    // A clean end stays a clean end: nothing is invented.
    expect(await (await ask()).text()).toBe(text);
    expect((await lastEnded(before)).outcome).toBe(outcome);
  });

  it('truncated, where it is cut, and the caller sees a cut', async () => {
    openai.answer = (_request, response) => {
      response.writeHead(200, EVENTS).write(`${DELTA}\n\n`, () => setImmediate(() => response.destroy()));
    };
    const before = endedSoFar();
    await expect((await ask()).text()).rejects.toThrow();
    expect((await lastEnded(before)).outcome).toBe('truncated');
  });

  it('complete without any mark, where none belongs to the route', async () => {
    openai.answer = (_request, response) => response.writeHead(200, EVENTS).end('data: {"audio":"AAAA"}\n\n');
    const before = endedSoFar();
    await (await ask('m', '/v1/audio/speech')).text();
    expect((await lastEnded(before)).outcome).toBe('complete');
  });

  it('truncated with an error event, where an Ollama ends without its last mark', async () => {
    ollama.answer = (_request, response) => response.writeHead(200, EVENTS).end(`${DELTA}\n\n`);
    const before = endedSoFar();
    const text = await (await ask('o')).text();
    expect(text.startsWith(`${DELTA}\n\ndata: {"error":{"message":`)).toBe(true);
    expect(text).not.toContain('[DONE]');
    expect((await lastEnded(before)).outcome).toBe('truncated');
    ollama.answer = (_request, response) => response.writeHead(200, EVENTS).end(`${STOP}\n\ndata: [DONE]\n\n`);
    expect(await (await ask('o')).text()).toBe(`${STOP}\n\ndata: [DONE]\n\n`);
  });

  it('client abort, which the endpoint hears of at once', async () => {
    const closed: Promise<unknown>[] = [];
    openai.answer = (_request, response) => {
      closed.push(once(response, 'close'));
      response.writeHead(200, EVENTS).write(`${DELTA}\n\n`);
    };
    const leaving = new AbortController();
    const before = endedSoFar();
    const response = await ask('m', '/v1/chat/completions', leaving.signal);
    await response.body!.getReader().read();
    leaving.abort();
    await closed[0];
    expect((await lastEnded(before)).outcome).toBe('client-abort');
  });
});

it('token counts are read along, in a stream and in one piece', async () => {
  const usage = '"usage":{"prompt_tokens":12,"completion_tokens":34}';
  openai.answer = (_request, response) =>
    response.writeHead(200, EVENTS).end(`${STOP}\n\ndata: {"choices":[],${usage}}\n\ndata: [DONE]\n\n`);
  let before = endedSoFar();
  await (await ask()).text();
  expect((await lastEnded(before)).tokens).toEqual({ input: 12, output: 34 });
  openai.answer = (_request, response) => response.end(`{"choices":[],${usage}}`);
  before = endedSoFar();
  await (await ask()).text();
  expect((await lastEnded(before)).tokens).toEqual({ input: 12, output: 34 });
});

it('Prometheus is told of outcomes, tokens, times and statuses', async () => {
  const value = async (line: RegExp) => Number(line.exec(await (await admin.fetch('/metrics')).text())?.[1] ?? 0);
  const of = (name: string, labels: string) => new RegExp(`^intrallm_${name}\\{[^}]*${labels}[^}]*\\} (\\d+)`, 'm');
  const [complete, rejected] = [
    of('gateway_requests_total', 'outcome="complete"'),
    of('gateway_requests_total', 'outcome="rejected"'),
  ];
  const tokens = of('gateway_tokens_total', 'direction="out"');
  const before = [await value(complete), await value(rejected), await value(tokens)];
  openai.answer = (_request, response) => response.end('{"usage":{"prompt_tokens":12,"completion_tokens":34}}');
  await (await ask()).text();
  await (await ask('nobody')).text();
  const after = await eventually(
    async () => [await value(complete), await value(rejected), await value(tokens)],
    ([count]) => count !== before[0],
  );
  expect(after.map((count, index) => count - before[index]!)).toEqual([1, 1, 34]);
  // Of both connections.
  expect(await value(of('gateway_duration_seconds_count', 'outcome="complete"'))).toBeGreaterThanOrEqual(after[0]!);
  expect(await value(of('connection_status', 'status="ONLINE"'))).toBe(1);
  openai.answer = () => undefined;
  const leaving = new AbortController();
  const left = ask('m', '/v1/chat/completions', leaving.signal);
  await eventually(
    () => value(of('gateway_in_flight', 'connection=')),
    (count) => count === 1,
  );
  leaving.abort();
  await expect(left).rejects.toThrow();
  await eventually(
    () => value(of('gateway_in_flight', 'connection=')),
    (count) => count === 0,
  );
});

describe('an error of an endpoint', () => {
  it.each([400, 404, 429, 500])('of %d that quotes our key comes without it, and else byte by byte', async (code) => {
    const words = `{"error":{"message":"bad key ${KEY} (${KEY})","n":9007199254740993}}`;
    openai.answer = (_request, response) => response.writeHead(code, { 'content-length': words.length }).end(words);
    const response = await ask();
    expect([response.status, await response.text()]).toEqual([code, words.replaceAll(KEY, '*'.repeat(KEY.length))]);
  });

  it('that is long, or never ends, is passed on as it comes', async () => {
    openai.answer = (_request, response) => response.writeHead(400).end('x'.repeat(1 << 20));
    expect((await (await ask()).text()).length).toBe(1 << 20);
    openai.answer = (_request, response) => response.writeHead(400).write('begun');
    const leaving = new AbortController();
    const response = await ask('m', '/v1/chat/completions', leaving.signal);
    expect(Buffer.from((await response.body!.getReader().read()).value).toString()).toBe('begun');
    leaving.abort();
  });
});
