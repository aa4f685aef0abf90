import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startSimulator, type Simulator } from '@intrallm/simulator';
import { eventually, startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { startRawEndpoint, type RawEndpoint } from '../support/endpoints/raw-endpoint.js';
import { testDatabases } from '../support/postgres/postgres.js';

const ADD = 'mutation ($input: AddConnectionInput!) { addConnection(input: $input) { id } }';
const USAGE = `query ($from: DateTime!, $to: DateTime!, $models: [String!]) {
  usage(from: $from, to: $to, bucket: DAY, groupBy: MODEL, filter: { models: $models }) {
    key requests complete truncated upstreamErrors promptTokens completionTokens uncounted
  }
}`;
const EVENTS = { 'content-type': 'text/event-stream; charset=utf-8' };
const QUESTION = '"stream_options":{"include_usage":true},';
const DELTA = 'data: {"choices":[{"delta":{"content":"Grüße 🙂"},"finish_reason":null}]}\n\n';
const STOP = 'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n';
const COUNTS = 'data: {"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":34}}\n\n';
const DONE = 'data: [DONE]\n\n';

interface Point {
  readonly requests: number;
  readonly complete: number;
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
  readonly uncounted: number;
}

let app: TestApp;
let admin: TestClient;

beforeAll(async () => {
  app = await startTestApp({ kind: testDatabases[0]! });
  admin = await app.admin();
}, 60_000);
afterAll(() => app.close());

async function link(url: string, modelPrefix: string, model: string, more: object = {}): Promise<string> {
  const input = { kind: 'OPENAI', url, modelPrefix, countStreamTokens: true, ...more };
  const { addConnection } = await admin.data<{ addConnection: { id: string } }>(ADD, { input });
  await eventually(
    () => Promise.resolve(app.app.services.routing.table.find(`${modelPrefix}${model}`)),
    (route) => route !== undefined,
  );
  return addConnection.id;
}

const post = (body: string, path = '/v1/chat/completions') => admin.fetch(path, { method: 'POST', body });

/** What is counted of the model once so many of its requests are. */
async function counted(model: string, requests: number): Promise<Point> {
  const [from, to] = [-1, 1].map((days) => new Date(Date.now() + days * 86_400_000).toISOString());
  const points = await eventually(
    async () => {
      await app.app.services.usageRecorder.flush();
      return (await admin.data<{ usage: Point[] }>(USAGE, { from, to, models: [model] })).usage;
    },
    ([point]) => point?.requests === requests,
  );
  return points[0]!;
}

describe('the tokens of a stream are counted although its caller did not ask for them', () => {
  let endpoint: RawEndpoint;
  let name: string;
  let round = 0;

  beforeEach(async () => {
    round += 1;
    endpoint = await startRawEndpoint('raw', ['m']);
    name = `raw${String(round)}/m`;
    await link(endpoint.url, `raw${String(round)}/`, 'm');
  });
  afterEach(() => endpoint.close());

  /** Answers as a server that counts if asked, at most so many bytes at a time. */
  const answerInPieces = (size: number): void => {
    endpoint.answer = (_request, response) => {
      const counts = endpoint.seen.at(-1)!.body.includes('include_usage') ? COUNTS : '';
      const sent = Buffer.from(DELTA + STOP + counts + DONE);
      response.writeHead(200, EVENTS);
      const next = (at: number): void => {
        if (at >= sent.length) response.end();
        else response.write(sent.subarray(at, at + size), () => setImmediate(next, at + size));
      };
      next(0);
    };
  };

  it.each([1, 7, 64, 4_096])('where it comes in pieces of %d bytes, and every other byte is the same', async (size) => {
    answerInPieces(size);
    const body = ` {"n":12345678901234567890,"model":"${name}","stream":true}`;
    expect(await (await post(body)).text()).toBe(DELTA + STOP + DONE);
    expect(endpoint.seen.at(-1)?.body).toBe(body.replace('{', `{${QUESTION}`).replace(name, 'm'));
    expect(await counted(name, 1)).toMatchObject({
      complete: 1,
      promptTokens: 12,
      completionTokens: 34,
      uncounted: 0,
    });
  });

  it('of text completions too, and with a length that was stated', async () => {
    endpoint.answer = (_request, response) => {
      const sent = Buffer.from(DELTA + STOP + COUNTS + DONE);
      response.writeHead(200, { ...EVENTS, 'content-length': sent.length }).end(sent);
    };
    const answer = await post(`{"model":"${name}","stream":true}`, '/v1/completions');
    expect(await answer.text()).toBe(DELTA + STOP + DONE);
    expect(await counted(name, 1)).toMatchObject({ promptTokens: 12, completionTokens: 34 });
  });

  it('and a caller who asked gets the counts, or none where that was said', async () => {
    answerInPieces(4_096);
    for (const options of ['{"include_usage":true}', '{"include_usage":false}', 'null']) {
      const body = `{"model":"${name}","stream":true,"stream_options":${options}}`;
      expect(await (await post(body)).text()).toBe(DELTA + STOP + (options === 'null' ? '' : COUNTS) + DONE);
      expect(endpoint.seen.at(-1)?.body).toBe(body.replace(name, 'm'));
    }
  });

  it('and what is no stream, or no completion, is not touched', async () => {
    endpoint.answer = (_request, response) => response.writeHead(200, EVENTS).end(COUNTS);
    for (const [body, path] of [
      [`{"model":"${name}"}`, '/v1/chat/completions'],
      [`{"model":"${name}","stream":false}`, '/v1/chat/completions'],
      [`{"model":"${name}","stream":true}`, '/v1/responses'],
    ] as const) {
      expect(await (await post(body, path)).text()).toBe(COUNTS);
      expect(endpoint.seen.at(-1)?.body).toBe(body.replace(name, 'm'));
    }
  });

  it('and an Ollama client gets its answer where the endpoint refuses the question, which nobody puts again', async () => {
    endpoint.answer = (_request, response) => {
      const isRefused = endpoint.seen.at(-1)!.body.includes('include_usage');
      if (isRefused) response.writeHead(400).end('{"error":{"message":"Unknown field: stream_options"}}');
      else response.writeHead(200, EVENTS).end(DELTA + STOP + DONE);
    };
    const questions = () => endpoint.seen.map(({ body }) => body.includes('include_usage'));
    const first = await post(`{"model":"${name}","messages":[{"role":"user","content":"Hi"}]}`, '/api/chat');
    expect([first.status, await first.text(), questions()]).toEqual([
      200,
      expect.stringMatching(/^\{.*Grüße 🙂.*\}\n\{.*"done":true,"done_reason":"stop".*\}\n$/),
      [true, false],
    ]);
    await (await post(`{"model":"${name}","messages":[{"role":"user","content":"Hi"}]}`, '/api/chat')).text();
    await (await post(`{"model":"${name}","stream":true}`)).text();
    expect(questions()).toEqual([true, false, false, false]);
    expect(await counted(name, 3)).toMatchObject({ complete: 3, upstreamErrors: 0, uncounted: 3 });
  });

  it.each([
    [
      'an event that stays',
      DELTA,
      'data: {"choices":[{"delta":{"content":"Gr',
      'data: {"choices":[{"delta":{"content":"Gr',
    ],
    ['the chunk with the counts', DELTA, COUNTS.trimEnd(), ''],
  ])('and what came before a cut in %s comes through', async (_what, before, cut, passed) => {
    endpoint.answer = (_request, response) => {
      response.writeHead(200, EVENTS).write(before + cut, () => response.destroy());
    };
    let text = '';
    const read = async (): Promise<void> => {
      const decoder = new TextDecoder();
      const { body } = await post(`{"model":"${name}","stream":true}`);
      for await (const chunk of body!) text += decoder.decode(chunk as Uint8Array, { stream: true });
    };
    await expect(read()).rejects.toThrow('terminated');
    expect(text).toBe(before + passed);
    expect(await counted(name, 1)).toMatchObject({ truncated: 1, complete: 0 });
  });

  it('and an error that has nothing to do with it comes through, asked once', async () => {
    endpoint.answer = (_request, response) => response.writeHead(400).end('{"error":{"message":"too long"}}');
    const answer = await post(`{"model":"${name}","stream":true}`);
    expect([answer.status, await answer.text(), endpoint.seen.length]).toEqual([
      400,
      '{"error":{"message":"too long"}}',
      1,
    ]);
  });
});

it('a connection that is not set to it is sent the bytes of the caller', async () => {
  const endpoint = await startRawEndpoint('raw', ['m']);
  await link(endpoint.url, 'off/', 'm', { countStreamTokens: false });
  endpoint.answer = (_request, response) => response.writeHead(200, EVENTS).end(DELTA + STOP + COUNTS + DONE);
  expect(await (await post('{"model":"off/m","stream":true}')).text()).toBe(DELTA + STOP + COUNTS + DONE);
  expect(endpoint.seen.at(-1)?.body).toBe('{"model":"m","stream":true}');
  await endpoint.close();
});

describe('of the endpoints that there are', () => {
  const simulators: Simulator[] = [];
  afterAll(async () => {
    for (const simulator of simulators) await simulator.close();
  });
  const linked = async (profile: string): Promise<Simulator> => {
    const simulator = await startSimulator({ profile });
    simulators.push(simulator);
    await link(simulator.url, `${profile}/`, 'stream-model');
    return simulator;
  };
  const stream = async (profile: string) => {
    const model = `${profile}/stream-model`;
    const answer = await post(`{"model":"${model}","stream":true,"messages":[{"role":"user","content":"Hello"}]}`);
    return { status: answer.status, text: await answer.text() };
  };

  it.each([
    'usage-asked',
    'sse-crlf',
    'sse-no-space',
    'sse-multi-line',
    'sse-extra-lines',
    'one-byte-writes',
    'sse-comments',
  ])('%s tells its counts to us alone', async (profile) => {
    await linked(profile);
    const { text } = await stream(profile);
    expect(text).toContain('[DONE]');
    expect(text).not.toMatch(/"prompt_tokens"/);
    const point = await counted(`${profile}/stream-model`, 1);
    expect(point).toMatchObject({ complete: 1, uncounted: 0 });
    expect(point.completionTokens).toBeGreaterThan(0);
  });

  it.each(['usage-never', 'filter-chunks'])('%s is passed on as it is', async (profile) => {
    await linked(profile);
    expect((await stream(profile)).text).toContain('[DONE]');
    expect(await counted(`${profile}/stream-model`, 1)).toMatchObject({ complete: 1 });
  });

  it.each(['refuses-stream-options', 'refuses-stream-options-400'])(
    '%s is asked once more without the question, and from then on without it',
    async (profile) => {
      const simulator = await linked(profile);
      const asked = () =>
        simulator.requests
          .filter(({ path }) => path.endsWith('/chat/completions'))
          .map(({ body }) => body.toString().includes('include_usage'));
      const first = await stream(profile);
      expect([first.status, first.text.includes('[DONE]'), asked()]).toEqual([200, true, [true, false]]);
      expect((await stream(profile)).status).toBe(200);
      expect(asked()).toEqual([true, false, false]);
      expect(await counted(`${profile}/stream-model`, 2)).toMatchObject({
        complete: 2,
        promptTokens: null,
        completionTokens: null,
        uncounted: 2,
      });
    },
  );
});
