import { once } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DEFAULT_CADENCE } from '../../../src/monitor/checks/cadence.js';
import { eventually, startTestApp, type TestApp, type TestClient } from '../../support/app.js';
import { EXPIRES_AT, startRawOllama, type RawEndpoint } from '../../support/endpoints/raw-endpoint.js';
import { testDatabases } from '../../support/postgres/postgres.js';

const ADD = 'mutation ($input: AddConnectionInput!) { addConnection(input: $input) { id } }';
const LINES = { 'content-type': 'application/x-ndjson' };
const HELLO =
  '{"model":"m","created_at":"2026-11-23T13:11:35.79Z","message":{"role":"assistant","content":"Grüße 🙂"},"done":false}\n';
const LAST =
  '{"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","total_duration":9,"prompt_eval_count":3,"eval_count":2}\n';

let app: TestApp;
let admin: TestClient;
let first: RawEndpoint;
let second: RawEndpoint;
let ids: { first: string; second: string };

/** Two instances with the model "m:latest", named "m" by the first client of many; the first one is asked first. */
beforeEach(async () => {
  app = await startTestApp({ kind: testDatabases[0]!, cadence: { ...DEFAULT_CADENCE, recheckMs: [600_000] } });
  admin = await app.admin();
  first = await startRawOllama('first', ['m:latest']);
  second = await startRawOllama('second', ['m:latest']);
  ids = { first: await link(first, 'First', 0), second: await link(second, 'Second', 1) };
  await eventually(
    () => Promise.resolve(app.app.services.routing.table.find('m:latest')?.candidates ?? []),
    (candidates) => candidates.length === 2 && candidates.every(({ status }) => status === 'ONLINE'),
  );
});

afterEach(async () => {
  await app.close();
  await first.close();
  await second.close();
});

async function link({ url }: RawEndpoint, name: string, priority: number): Promise<string> {
  const input = { kind: 'OLLAMA', url, name, priority };
  return (await admin.data<{ addConnection: { id: string } }>(ADD, { input })).addConnection.id;
}

const ask = (body: string | Buffer = '{"model":"m"}', path = '/api/chat', init: RequestInit = {}) =>
  admin.fetch(path, { method: 'POST', body, ...init });

const lines =
  (...parts: readonly (string | Buffer)[]): RequestListener =>
  (_request, response) =>
    response.writeHead(200, LINES).end(Buffer.concat(parts.map((part) => Buffer.from(part))));

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

describe('bytes', () => {
  it.each(['/api/chat', '/api/generate', '/api/embed', '/api/embeddings'])(
    'go to %s of the endpoint with its own name of the model, and nothing else changed',
    async (path) => {
      first.answer = (_request, response) => response.end('{"n":9007199254740993}');
      const body = '{ "x": 9007199254740993, "model" : "m", "messages":[{"content":"ü","model":"m"}], "stream":false}';
      const response = await ask(body, path);
      expect([response.status, await response.text()]).toEqual([200, '{"n":9007199254740993}']);
      expect(first.seen.map((seen) => [seen.path, seen.body])).toEqual([[path, body.replace('"m"', '"m:latest"')]]);
      expect(response.headers.get('x-intrallm-connection')).toBe(ids.first);
      const { headers } = first.seen[0]!;
      expect([headers.origin, headers.cookie, headers.authorization]).toEqual([undefined, undefined, undefined]);
    },
  );

  it.each([
    ['lines', [HELLO, LAST]],
    ['lines with CR LF and blank ones', [HELLO.replace('\n', '\r\n'), '\n', LAST]],
    ['a last line without its end', [HELLO, LAST.trimEnd()]],
    ['a line of 8 MB', [`{"message":{"content":"${'a'.repeat(8 << 20)}"},"done":false}\n`, LAST]],
    ['bytes that are no UTF-8', [Buffer.from([0x7b, 0xff, 0xfe, 0x0a]), LAST]],
  ])('come through as they were sent: %s', async (_what, parts) => {
    const sent = Buffer.concat(parts.map((part) => Buffer.from(part)));
    first.answer = lines(sent);
    const before = endedSoFar();
    const response = await ask();
    expect(Buffer.from(await response.arrayBuffer()).equals(sent)).toBe(true);
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    expect(await lastEnded(before)).toMatchObject({ outcome: 'complete', tokens: { input: 3, output: 2 } });
  });

  it('come line by line as they are there, the head before the first', async () => {
    let open: ServerResponse | null = null;
    first.answer = (_request, response) => {
      open = response.writeHead(200, LINES);
      response.flushHeaders();
    };
    const reader = (await ask()).body!.getReader();
    for (const line of [HELLO, HELLO.slice(0, 20), HELLO.slice(20), LAST]) {
      open!.write(line);
      expect(Buffer.from((await reader.read()).value).toString()).toBe(line);
    }
    open!.end();
    expect((await reader.read()).done).toBe(true);
  });

  it('of an answer in one piece are counted too', async () => {
    first.answer = (_request, response) => response.end(LAST);
    const before = endedSoFar();
    await (await ask('{"model":"m","stream":false}')).text();
    expect(await lastEnded(before)).toMatchObject({ outcome: 'complete', tokens: { input: 3, output: 2 } });
  });
});

describe('an answer ends', () => {
  it.each([
    ['without its last line, and is given an error', [HELLO], 'truncated', HELLO],
    ['inside of a line, and is given an error in one of its own', [HELLO, '{"mod'], 'truncated', `${HELLO}{"mod\n`],
    ['before its first line, and is given an error', [], 'truncated', ''],
  ])('%s', async (_what, parts, outcome, text) => {
    first.answer = lines(...parts);
    const before = endedSoFar();
    const answer = await (await ask()).text();
    expect(answer).toBe(`${text}{"error":"The endpoint ended the answer before it was complete."}\n`);
    expect((await lastEnded(before)).outcome).toBe(outcome);
    expect(second.seen).toEqual([]);
  });

  it('with an error of the endpoint, which is passed on as it is', async () => {
    first.answer = lines(HELLO, '{"error":"llama runner process has terminated"}\n');
    const before = endedSoFar();
    expect(await (await ask()).text()).toBe(`${HELLO}{"error":"llama runner process has terminated"}\n`);
    expect((await lastEnded(before)).outcome).toBe('upstream-error');
  });

  it('with a cut, and the caller sees a cut', async () => {
    first.answer = (_request, response) => {
      response.writeHead(200, LINES).write(HELLO, () => setImmediate(() => response.destroy()));
    };
    const before = endedSoFar();
    await expect((await ask()).text()).rejects.toThrow();
    expect((await lastEnded(before)).outcome).toBe('truncated');
  });

  it.each(['before', 'after'])(
    'when the caller leaves, which the endpoint hears of at once: %s its first byte',
    async (when) => {
      const closed: Promise<unknown>[] = [];
      first.answer = (_request, response) => {
        closed.push(once(response, 'close'));
        if (when === 'after') response.writeHead(200, LINES).write(HELLO);
      };
      const leaving = new AbortController();
      const before = endedSoFar();
      const asked = ask('{"model":"m"}', '/api/chat', { signal: leaving.signal });
      await eventually(
        () => Promise.resolve(closed.length),
        (count) => count === 1,
      );
      if (when === 'after') await (await asked).body!.getReader().read();
      leaving.abort();
      if (when === 'before') await expect(asked).rejects.toThrow();
      await closed[0];
      expect((await lastEnded(before)).outcome).toBe('client-abort');
    },
  );
});

describe('another instance is asked', () => {
  const status =
    (code: number, body = '{"error":"no"}'): RequestListener =>
    (_request, response) =>
      response.writeHead(code).end(body);

  it.each([
    ['cannot be reached', null],
    ['closes without an answer', ((request) => request.socket.resetAndDestroy()) satisfies RequestListener],
    ['is busy', status(503, '{"error":"server busy, please try again.  maximum pending requests exceeded"}')],
    ['refuses our key', status(401)],
  ])('where the first one %s', async (_what, answer) => {
    if (answer === null) await first.close();
    else first.answer = answer;
    second.answer = lines(HELLO, LAST);
    const response = await ask();
    expect([response.status, await response.text()]).toEqual([200, HELLO + LAST]);
    expect(response.headers.get('x-intrallm-connection')).toBe(ids.second);
  });

  it.each([400, 404, 500, 501])('but not after %d, which is the answer as it is', async (code) => {
    first.answer = status(code, '{"error":"\\"m\\" does not support tools"}');
    const response = await ask();
    expect([response.status, await response.text()]).toEqual([code, '{"error":"\\"m\\" does not support tools"}']);
    expect(second.seen).toEqual([]);
  });

  it('and where nobody is left, the last words of one are passed on, or it is said in Ollama’s shape', async () => {
    first.answer = status(503, '{"error":"server busy"}');
    await second.close();
    const busy = await ask();
    expect([busy.status, await busy.text(), busy.headers.get('x-should-retry')]).toEqual([
      503,
      '{"error":"server busy"}',
      'false',
    ]);
    await first.close();
    const nobody = await ask();
    const { error, ...more } = (await nobody.json()) as { error: string };
    expect([nobody.status, more]).toEqual([503, {}]);
    expect(error).toContain('cannot be reached right now: 2 endpoints did not answer (First: ');
  });

  it('unless the caller names one', async () => {
    second.answer = lines(LAST);
    const pinned = await ask('{"model":"m"}', '/api/chat', { headers: { 'x-intrallm-connection': ids.second } });
    expect(await pinned.text()).toBe(LAST);
    expect(first.seen).toEqual([]);
  });
});

describe('what is known of a model', () => {
  it('is asked of its instance, by its own name', async () => {
    first.answer = (_request, response) => response.end('{"capabilities":["completion"],"n":9007199254740993}');
    for (const body of ['{"model":"m"}', '{"name":"m:latest","verbose":true}']) {
      const response = await ask(body, '/api/show');
      expect(await response.text()).toBe('{"capabilities":["completion"],"n":9007199254740993}');
    }
    expect(first.seen.map(({ path, body }) => [path, body])).toEqual([
      ['/api/show', '{"model":"m:latest"}'],
      ['/api/show', '{"model":"m:latest","verbose":true}'],
    ]);
  });

  it.each(['{}', '', '[]', '{"model":7}'])('is not asked with %j', async (body) => {
    expect((await ask(body, '/api/show')).status).toBe(400);
  });

  // Ollama takes a name in any case, and the last of them.
  it.each([
    '{"model":"m","Model":"secret"}',
    '{"MODEL":"secret","model":"m"}',
    '{"name":"m","\\u004dodel":"secret"}',
    '{"model":"m","Name":"secret"}',
    `{"model":"m","options":${'['.repeat(10_000)}${']'.repeat(10_000)}}`,
    `{"model":"m","options":[${'{},'.repeat(200_000)}{}]}`,
  ])('is asked of one model only, and for little: %#', async (body) => {
    const response = await ask(body, '/api/show');
    expect(response.status).toBe(400);
    expect(Object.keys((await response.json()) as object)).toEqual(['error']);
    expect([first.seen, second.seen, app.app.services.bodyBudget.usedBytes]).toEqual([[], [], 0]);
  });
});

describe('a request is refused in Ollama’s shape', () => {
  it.each([
    ['without a body', '', 400, 'missing request body'],
    ['that is no JSON', '{"model":', 400, 'The body must be one JSON object.'],
    ['without a model', '{"messages":[]}', 400, 'model is required'],
    ['with two models', '{"model":"m","Model":"x"}', 400, 'The body must name one model, once, as "model".'],
    [
      'of an unknown model',
      '{"model":"m:lates"}',
      404,
      'The model "m:lates" is not served here. Did you mean "m:latest"?',
    ],
    [
      'that is too large',
      `{"model":"m","x":"${'x'.repeat(33 << 20)}"}`,
      413,
      'The body is larger than 33554432 bytes.',
    ],
  ])('%s', async (_what, body, status, error) => {
    const response = await ask(body);
    expect([response.status, await response.json()]).toEqual([status, { error }]);
    expect(app.app.services.bodyBudget.usedBytes).toBe(0);
  });

  it('without a token, and with one that is not for it', async () => {
    const { createApiToken } = await admin.data<{ createApiToken: { token: string } }>(
      'mutation { createApiToken(input: { name: "t", scopes: [MODELS_READ], modelAllowlist: ["other"] }) { token } }',
    );
    const bound = app.client(createApiToken.token);
    const chat = (client: TestClient) => client.fetch('/api/chat', { method: 'POST', body: '{"model":"m"}' });
    expect((await chat(app.client())).status).toBe(401);
    expect(await (await chat(app.client('ilm_nobody'))).json()).toEqual({ error: 'This token is not valid.' });
    expect((await chat(bound)).status).toBe(403);
    expect(await (await bound.fetch('/api/tags')).json()).toEqual({ models: [] });
    expect((await bound.fetch('/api/show', { method: 'POST', body: '{"model":"m"}' })).status).toBe(404);
  });

  it.each([
    ['POST', '/api/pull'],
    ['POST', '/api/push'],
    ['POST', '/api/create'],
    ['POST', '/api/copy'],
    ['DELETE', '/api/delete'],
    ['POST', '/api/blobs/sha256:29fdb92e57cf0827ded04ae6461b5931d01fa595843f55d36f5b275a52087dd2'],
  ])('that would change an instance: %s %s', async (method, path) => {
    const response = await admin.fetch(path, { method, body: '{"model":"m"}' });
    expect([response.status, await response.json()]).toEqual([
      403,
      { error: 'Models are not managed through the gateway. Use the instance itself.' },
    ]);
    expect((await app.client().fetch(path, { method, body: '{}' })).status).toBe(401);
    expect([first.seen, app.app.services.bodyBudget.usedBytes]).toEqual([[], 0]);
  });

  it('that would pull a name that is not served: the names that are like it, as `ollama run` shows them', async () => {
    for (const body of ['{"model":"m:lates"}', '{"name":"m:lates","stream":true}']) {
      const response = await admin.fetch('/api/pull', { method: 'POST', body });
      expect([response.status, await response.json()]).toEqual([
        404,
        { error: 'The model "m:lates" is not served here. Did you mean "m:latest"?' },
      ]);
    }
    for (const body of ['{"model":"m"}', '{}', 'no JSON', '']) {
      expect((await admin.fetch('/api/pull', { method: 'POST', body })).status).toBe(403);
    }
    expect([first.seen, app.app.services.bodyBudget.usedBytes]).toEqual([[], 0]);
  });

  it.each([
    ['GET', '/api/nothing', 404, null],
    ['POST', '/api/constructor', 404, null],
    ['GET', '/api/', 404, null],
    ['GET', '/api/chat', 405, 'POST'],
    ['POST', '/api/tags', 405, 'GET, HEAD'],
    ['POST', '/api/delete', 405, 'DELETE'],
  ])('on a route that there is not: %s %s', async (method, path, status, allow) => {
    const response = await admin.fetch(path, { method, headers: { accept: 'text/html' } });
    expect([response.status, response.headers.get('allow')]).toEqual([status, allow]);
    expect(Object.keys((await response.json()) as object)).toEqual(['error']);
  });
});

it('lists, what is loaded and the version are told from memory, also while no instance answers', async () => {
  await first.close();
  await second.close();
  const { models } = (await (await admin.fetch('/api/tags')).json()) as { models: Record<string, unknown>[] };
  expect(models).toEqual([
    {
      name: 'm:latest',
      model: 'm:latest',
      size: 12,
      capabilities: ['completion', 'tools'],
      modified_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      digest: 'a'.repeat(64),
      details: {
        parent_model: '',
        format: 'gguf',
        family: 'llama',
        families: ['llama'],
        parameter_size: '3.2B',
        quantization_level: 'Q4_K_M',
        context_length: 4096,
        embedding_length: 3072,
      },
    },
  ]);
  const running = (await (await admin.fetch('/api/ps')).json()) as { models: Record<string, unknown>[] };
  expect(running.models).toEqual([
    {
      name: 'm:latest',
      model: 'm:latest',
      size: 40,
      size_vram: 30,
      context_length: 4096,
      digest: models[0]!['digest'],
      details: models[0]!['details'],
      expires_at: EXPIRES_AT,
    },
  ]);
  const version = (await (await admin.fetch('/api/version')).json()) as { version: string; gateway: string };
  expect(version.version).toMatch(/^\d+\.\d+\.\d+$/);
  expect(version.gateway).toMatch(/^IntraLLM Connections \d/);
  for (const path of ['/api/tags', '/api/version']) {
    const head = await admin.fetch(path, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  }
});
