import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DEFAULT_CADENCE } from '../../../src/monitor/checks/cadence.js';
import { eventually, startTestApp, type TestApp, type TestClient } from '../../support/app.js';
import { startRawEndpoint, startRawOllama, type RawEndpoint } from '../../support/endpoints/raw-endpoint.js';
import { testDatabases } from '../../support/postgres/postgres.js';

const ADD = 'mutation ($input: AddConnectionInput!) { addConnection(input: $input) { id } }';
const KEY = 'sk-endpoint-0123456789';
const EVENTS = { 'content-type': 'text/event-stream' };
const delta = (fields: object, reason: string | null = null) =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: fields, finish_reason: reason }] })}\n\n`;
const HELLO = delta({ content: 'Grüße 🙂' });
const END = `${delta({}, 'stop')}data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}\n\ndata: [DONE]\n\n`;
const WHOLE =
  '{"choices":[{"message":{"role":"assistant","content":"Hi"},"finish_reason":"length"}],"usage":{"prompt_tokens":3,"completion_tokens":2}}';

let app: TestApp;
let admin: TestClient;
let openai: RawEndpoint;
let ollama: RawEndpoint;
let ids: { openai: string; ollama: string };

/** "gpt" is served by an OpenAI endpoint, "both" by that one first and by an Ollama instance then. */
beforeAll(async () => {
  app = await startTestApp({ kind: testDatabases[0]!, cadence: { ...DEFAULT_CADENCE, recheckMs: [600_000] } });
  admin = await app.admin();
  openai = await startRawEndpoint('openai', ['gpt', 'both', 'org/tag:1']);
  ollama = await startRawOllama('ollama', ['both']);
  const link = async (input: object) =>
    (await admin.data<{ addConnection: { id: string } }>(ADD, { input })).addConnection.id;
  ids = {
    openai: await link({
      kind: 'OPENAI',
      url: openai.url,
      name: 'O',
      apiKey: KEY,
      priority: 0,
      countStreamTokens: true,
    }),
    ollama: await link({ kind: 'OLLAMA', url: ollama.url, name: 'L', priority: 1 }),
  };
  await eventually(
    () =>
      Promise.resolve(
        ['gpt', 'both', 'org/tag:1'].flatMap((name) => app.app.services.routing.table.find(name)?.candidates ?? []),
      ),
    (candidates) => candidates.length === 4 && candidates.every(({ status }) => status === 'ONLINE'),
  );
}, 60_000);

afterAll(async () => {
  await app.close();
  await openai.close();
  await ollama.close();
});

beforeEach(() => {
  for (const endpoint of [openai, ollama]) endpoint.seen.splice(0);
  for (const id of Object.values(ids)) app.app.services.load.answered(id);
});

interface Line {
  readonly message?: { readonly content: string };
  readonly done?: boolean;
  readonly error?: string;
  readonly [more: string]: unknown;
}

const MESSAGES = [{ role: 'user', content: 'Hi' }];
const ask = (body: object, path = '/api/chat', init: RequestInit = {}) =>
  admin.fetch(path, { method: 'POST', body: JSON.stringify({ model: 'gpt', messages: MESSAGES, ...body }), ...init });

async function asked(body: object = {}, path = '/api/chat') {
  const response = await ask(body, path);
  const text = await response.text();
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  return { status: response.status, headers: response.headers, lines, last: lines.at(-1)! };
}

const events =
  (text: string): RequestListener =>
  (_request, response) =>
    response.writeHead(200, EVENTS).end(text);
const json =
  (text: string, status = 200, headers: Record<string, string> = {}): RequestListener =>
  (_request, response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);

const endedSoFar = () => app.log().split('a gateway request ended').length - 1;

async function lastEnded(count: number) {
  const ended = await eventually(
    () =>
      Promise.resolve(
        app
          .log()
          .split('\n')
          .filter((line) => line.includes('a gateway request ended')),
      ),
    (all) => all.length > count,
  );
  return JSON.parse(ended.at(-1)!) as { outcome: string; tokens: { input: number | null; output: number | null } };
}

describe('a chat with an OpenAI model', () => {
  it('is asked in its format and answered line by line, with counts and our times', async () => {
    openai.answer = events(HELLO + END);
    const before = endedSoFar();
    const { status, headers, lines, last } = await asked({ options: { num_predict: 5 }, keep_alive: '5m' });
    expect(openai.seen.map(({ path, body }) => [path, JSON.parse(body)])).toEqual([
      [
        '/v1/chat/completions',
        { model: 'gpt', messages: MESSAGES, stream: true, max_tokens: 5, stream_options: { include_usage: true } },
      ],
    ]);
    expect(openai.seen[0]!.headers.authorization).toBe(`Bearer ${KEY}`);
    expect([status, headers.get('content-type')]).toEqual([200, 'application/x-ndjson']);
    expect(headers.get('x-accel-buffering')).toBe('no');
    expect(headers.get('x-intrallm-connection')).toBe(ids.openai);
    expect(lines.map(({ message, done }) => [message?.content, done])).toEqual([
      ['Grüße 🙂', false],
      ['', true],
    ]);
    expect(last).toMatchObject({ model: 'gpt', done_reason: 'stop', prompt_eval_count: 3, eval_count: 2 });
    expect(last['total_duration']).toBeGreaterThan(0);
    expect(await lastEnded(before)).toMatchObject({ outcome: 'complete', tokens: { input: 3, output: 2 } });
  });

  it('is answered in one piece where no stream is asked for', async () => {
    openai.answer = json(WHOLE, 200, { 'content-length': String(Buffer.byteLength(WHOLE)), etag: '"theirs"' });
    const before = endedSoFar();
    const { status, headers, lines } = await asked({ stream: false });
    expect(JSON.parse(openai.seen[0]!.body)).toEqual({ model: 'gpt', messages: MESSAGES, stream: false });
    expect([status, headers.get('content-type'), headers.get('etag')]).toEqual([
      200,
      'application/json; charset=utf-8',
      null,
    ]);
    expect(lines).toMatchObject([{ message: { content: 'Hi' }, done: true, done_reason: 'length', eval_count: 2 }]);
    expect(await lastEnded(before)).toMatchObject({ outcome: 'complete', tokens: { input: 3, output: 2 } });
  });

  it('is answered with one line where the endpoint does not stream', async () => {
    openai.answer = json(WHOLE);
    expect((await asked()).lines).toMatchObject([{ message: { content: 'Hi' }, done: true }]);
  });

  it('has each line when it is there, the head before the first', async () => {
    const open: Parameters<RequestListener>[1][] = [];
    openai.answer = (_request, response) => {
      open.push(response.writeHead(200, EVENTS));
      response.flushHeaders();
    };
    const reader = (await ask({})).body!.getReader();
    open[0]!.write(HELLO);
    expect(Buffer.from((await reader.read()).value).toString()).toContain('"content":"Grüße 🙂"');
    open[0]!.write(': ping\n\n');
    open[0]!.end(END);
    expect(Buffer.from((await reader.read()).value).toString()).toContain('"done":true');
    expect((await reader.read()).done).toBe(true);
  });

  it('that is only to load it does not ask the endpoint', async () => {
    for (const [path, more] of [
      ['/api/chat', { message: { role: 'assistant', content: '' } }],
      ['/api/generate', { response: '' }],
    ] as const) {
      expect((await asked({ messages: [] }, path)).lines).toMatchObject([
        { model: 'gpt', ...more, done: true, done_reason: 'load' },
      ]);
    }
    expect((await asked({ messages: [], keep_alive: 0 })).last).toMatchObject({ done: true, done_reason: 'unload' });
    expect((await asked({ input: [] }, '/api/embed')).last).toEqual({ model: 'gpt', embeddings: [] });
    expect(openai.seen).toEqual([]);
  });

  it('finds its name with and without the tag that clients add', async () => {
    openai.answer = json(WHOLE);
    for (const model of ['gpt', 'gpt:latest', 'org/tag:1']) {
      expect((await asked({ model })).last).toMatchObject({ model, done: true });
    }
    expect(openai.seen.map(({ body }) => (JSON.parse(body) as { model: string }).model)).toEqual([
      'gpt',
      'gpt',
      'org/tag:1',
    ]);
    expect((await ask({ model: 'org/tag' })).status).toBe(404);
  });
});

describe('the end of a translated answer', () => {
  it.each([
    [
      'an error among the events',
      `${HELLO}data: {"error":{"message":"no memory"}}\n\ndata: [DONE]\n\n`,
      'no memory',
      'upstream-error',
    ],
    ['a clean end without any mark', HELLO, 'The endpoint ended the answer before it was complete.', 'truncated'],
  ])('by %s is an error line', async (_what, text, error, outcome) => {
    openai.answer = events(text);
    const before = endedSoFar();
    const { lines } = await asked();
    expect([lines.length, lines[0]!.message?.content, lines[1]]).toEqual([2, 'Grüße 🙂', { error }]);
    expect((await lastEnded(before)).outcome).toBe(outcome);
  });

  it('by a cut is a cut, and where nothing was sent yet an error', async () => {
    openai.answer = (_request, response) =>
      response.writeHead(200, EVENTS).write(HELLO, () => setImmediate(() => response.destroy()));
    let before = endedSoFar();
    await expect((await ask({})).text()).rejects.toThrow();
    expect((await lastEnded(before)).outcome).toBe('truncated');
    openai.answer = (_request, response) =>
      response
        .writeHead(200, { 'content-length': 500 })
        .write('{"choices"', () => setImmediate(() => response.destroy()));
    before = endedSoFar();
    const { status, lines } = await asked({ stream: false });
    expect([status, lines]).toEqual([502, [{ error: 'The endpoint broke its answer off.' }]]);
    expect((await lastEnded(before)).outcome).toBe('truncated');
  });

  it.each([
    ['a page', { 'content-type': 'text/html' }, '<!doctype html>', 'The endpoint’s answer is not JSON.'],
    ['a stream', EVENTS, HELLO + END, 'The endpoint answered with a stream, which nobody asked for.'],
    ['compressed', { 'content-encoding': 'gzip' }, 'xx', 'The endpoint compressed its answer, which nobody asked for.'],
  ])('that is %s instead of JSON is a 502', async (_what, headers, text, error) => {
    openai.answer = (_request, response) => response.writeHead(200, headers).end(text);
    const before = endedSoFar();
    const { status, lines } = await asked({ stream: false });
    expect([status, lines]).toEqual([502, [{ error }]]);
    expect((await lastEnded(before)).outcome).toBe('upstream-error');
    expect(app.app.services.bodyBudget.usedBytes).toBe(0);
  });

  it('that there is no room for is our own refusal, and no error of the endpoint', async () => {
    const { bodyBudget } = app.app.services;
    let taken = 0;
    openai.answer = (_request, response) => {
      taken = 256 * 1024 * 1024 - bodyBudget.usedBytes;
      bodyBudget.take(taken);
      response.writeHead(200, { 'content-type': 'application/json' }).end(WHOLE);
    };
    const rejected = async () =>
      Number(
        /^intrallm_gateway_requests_total\{connection="none",outcome="rejected"\} (\d+)$/m.exec(
          await (await admin.fetch('/metrics')).text(),
        )?.[1] ?? 0,
      );
    const before = await rejected();
    const { status, headers, lines } = await asked({ stream: false });
    bodyBudget.give(taken);
    expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    expect(lines).toEqual([{ error: 'The server holds too many request bodies right now. Try again.' }]);
    expect(await rejected()).toBe(before + 1);
    expect(bodyBudget.usedBytes).toBe(0);
  });

  // None of these ends by itself.
  it.each([
    ['a stream that was not asked for', false, EVENTS, HELLO, 502, 'which nobody asked for'],
    ['too long a piece', false, {}, 'x'.repeat(33 << 20), 502, 'too long to be translated'],
    ['too long an event', true, EVENTS, `${HELLO}data: ${'x'.repeat(5 << 20)}`, 200, 'is too long'],
    ['an error', true, EVENTS, `${HELLO}data: {"error":"no memory"}\n\n`, 200, 'no memory'],
    ['an error of its own', false, { 'content-encoding': 'gzip' }, 'x', 502, 'compressed'],
  ])('by %s does not wait for the endpoint’s', async (_what, stream, headers, text, wanted, error) => {
    const closed: Promise<unknown>[] = [];
    openai.answer = (_request, response) => {
      closed.push(once(response, 'close'));
      response.writeHead(200, headers).write(text);
    };
    const before = endedSoFar();
    const { status, lines } = await asked({ stream });
    expect([status, lines.at(-1)]).toEqual([wanted, { error: expect.stringContaining(error) }]);
    await closed[0];
    expect((await lastEnded(before)).outcome).toBe('upstream-error');
    const { load, bodyBudget } = app.app.services;
    expect([load.inFlight(ids.openai), bodyBudget.usedBytes]).toEqual([0, 0]);
  });

  it('when the caller leaves is heard of at the endpoint', async () => {
    const closed: Promise<unknown>[] = [];
    openai.answer = (_request, response) => {
      closed.push(once(response, 'close'));
      response.writeHead(200, EVENTS).write(HELLO);
    };
    const leaving = new AbortController();
    const before = endedSoFar();
    await (await ask({}, '/api/chat', { signal: leaving.signal })).body!.getReader().read();
    leaving.abort();
    await closed[0];
    expect((await lastEnded(before)).outcome).toBe('client-abort');
  });

  it('is waited for by an endpoint that is faster than the caller', async () => {
    const piece = delta({ content: 'x'.repeat(64 * 1024) });
    const sent = { pieces: 0, hasWaited: false };
    openai.answer = (_request, response) => {
      response.writeHead(200, EVENTS);
      const more = (): void => {
        while (sent.pieces < 400) {
          sent.pieces += 1;
          if (!response.write(piece)) {
            sent.hasWaited = true;
            response.once('drain', more);
            return;
          }
        }
        response.end(END);
      };
      more();
    };
    const response = await ask({});
    await eventually(
      () => Promise.resolve(sent.pieces),
      (() => {
        let last = -1;
        return (pieces: number) => pieces === last || ((last = pieces), false);
      })(),
    );
    expect([sent.hasWaited, sent.pieces < 400]).toEqual([true, true]);
    const text = await response.text();
    expect(text.split('\n').length - 1).toBe(401);
  });
});

describe('an error of an OpenAI endpoint', () => {
  it.each([
    [400, '{"error":{"message":"Unknown parameter.","type":"x","code":1}}', 'Unknown parameter.'],
    [404, '[{"error":{"message":"No such model."}}]', 'No such model.'],
    [500, `{"error":{"message":"bad key ${KEY}"}}`, `bad key ${'*'.repeat(KEY.length)}`],
    [500, 'data: {"error":"The engine died."}\n\n', 'The engine died.'],
    [501, '', 'The endpoint answered 501.'],
    [422, '<html>', 'The endpoint answered 422.'],
    [429, '{"error":{"message":"slow down"}}', 'slow down'],
  ])('of %d is told in Ollama’s shape: %s', async (code, body, error) => {
    openai.answer = (_request, response) => response.writeHead(code, { 'retry-after': '1', etag: 'x' }).end(body);
    const { status, headers, lines } = await asked();
    expect([status, lines, headers.get('content-type')]).toEqual([
      code,
      [{ error }],
      'application/json; charset=utf-8',
    ]);
    expect([headers.get('retry-after'), headers.get('etag')]).toEqual(['1', null]);
  });

  it('that is long is told by its status', async () => {
    openai.answer = (_request, response) => response.writeHead(400).end('x'.repeat(1 << 20));
    expect((await asked()).lines).toEqual([{ error: 'The endpoint answered 400.' }]);
  });
});

describe('a name that both kinds serve', () => {
  const NATIVE = '{"message":{"content":"native"},"done":true}\n';
  beforeEach(() => {
    ollama.answer = (_request, response) =>
      response.writeHead(200, { 'content-type': 'application/x-ndjson' }).end(NATIVE);
  });
  const both = (body: object = {}, path?: string) => asked({ model: 'both', ...body }, path);

  it('goes from one to the other in the words of each', async () => {
    openai.answer = json('{"error":{"message":"overloaded"}}', 503);
    const { lines, headers } = await both();
    expect([lines[0]!.message?.content, headers.get('x-intrallm-connection')]).toEqual(['native', ids.ollama]);
    expect(JSON.parse(openai.seen[0]!.body)).toHaveProperty('stream_options');
    expect(JSON.parse(ollama.seen[0]!.body)).toEqual({ model: 'both', messages: MESSAGES });
    expect([openai.seen[0]!.path, ollama.seen[0]!.path]).toEqual(['/v1/chat/completions', '/api/chat']);
  });

  it('goes to the instance alone where the other has no words for it', async () => {
    for (const more of [{ raw: true }, { suffix: 'x' }, { think: 7 }, { prompt: '' }]) {
      expect((await both({ prompt: 'x', ...more }, '/api/generate')).last).toEqual(JSON.parse(NATIVE));
    }
    expect([openai.seen.length, ollama.seen.length]).toEqual([0, 4]);
    expect((await both({ messages: [] })).last).toEqual(JSON.parse(NATIVE));
    const shown = await asked({ model: 'both' }, '/api/show');
    expect([shown.last, openai.seen]).toEqual([JSON.parse(NATIVE), []]);
  });

  it('is asked of the one that the caller names', async () => {
    openai.answer = json(WHOLE);
    const response = await ask({ model: 'both' }, '/api/chat', { headers: { 'x-intrallm-connection': ids.ollama } });
    expect([await response.text(), openai.seen]).toEqual([NATIVE, []]);
    // Loading, and showing what an instance knows, is nothing for an OpenAI endpoint.
    for (const [path, body] of [
      ['/api/chat', { messages: [] }],
      ['/api/show', {}],
    ] as const) {
      const refused = await ask({ model: 'both', ...body }, path, { headers: { 'x-intrallm-connection': ids.openai } });
      expect([refused.status, openai.seen]).toEqual([400, []]);
    }
  });
});

describe('other requests to an OpenAI model', () => {
  it('generate is a chat of one question', async () => {
    openai.answer = events(HELLO + END);
    const { lines } = await asked({ prompt: 'Why?', system: 'Be brief.' }, '/api/generate');
    expect(JSON.parse(openai.seen[0]!.body)).toMatchObject({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Why?' },
      ],
    });
    expect(lines.map(({ response, done }) => [response, done])).toEqual([
      ['Grüße 🙂', false],
      ['', true],
    ]);
  });

  it.each(['raw', 'template', 'suffix', 'context'])('generate with %s is refused', async (field) => {
    const value = { raw: true, template: 't', suffix: 's', context: [1] }[field];
    const { status, last } = await asked({ prompt: 'x', [field]: value }, '/api/generate');
    expect([status, last, openai.seen]).toEqual([
      400,
      { error: `This model is served by OpenAI endpoints, which have no "${field}".` },
      [],
    ]);
  });

  it('embed goes to /embeddings', async () => {
    openai.answer = json('{"data":[{"index":0,"embedding":[0.5,0.25]}],"usage":{"prompt_tokens":4}}');
    expect((await asked({ input: 'x' }, '/api/embed')).last).toMatchObject({
      embeddings: [[0.5, 0.25]],
      prompt_eval_count: 4,
    });
    expect((await asked({ prompt: 'x' }, '/api/embeddings')).last).toEqual({ embedding: [0.5, 0.25] });
    expect(openai.seen.map(({ path, body }) => [path, body])).toEqual([
      ['/v1/embeddings', '{"model":"gpt","input":"x"}'],
      ['/v1/embeddings', '{"model":"gpt","input":"x"}'],
    ]);
  });

  it('show is told from the catalogue', async () => {
    expect((await asked({}, '/api/show')).last).toMatchObject({
      capabilities: ['completion'],
      details: { family: 'unknown' },
      parameters: '',
      template: '',
      model_info: { 'general.architecture': 'unknown' },
    });
    expect(openai.seen).toEqual([]);
  });

  it('tags has it beside the others, with neutral values', async () => {
    const { models } = (await (await admin.fetch('/api/tags')).json()) as { models: { name: string }[] };
    expect(models.map(({ name }) => name)).toEqual(['both', 'gpt', 'org/tag:1']);
    expect(models[1]).toMatchObject({ model: 'gpt', size: 0, details: { family: 'unknown', families: ['unknown'] } });
  });
});
