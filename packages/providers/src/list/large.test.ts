import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { calmestStretch } from '@intrallm/simulator';
import { createOutboundClient, createProviders, type OutboundClient, type Providers } from '../index.js';
import type { EndpointKind } from '../kinds/kinds.js';
import type { Check } from '../provider.js';

const MB = 1024 * 1024;
/** What is worst in 31 MB is as bad in 12, and sooner over. */
const LARGE = 12 * MB;
/**
 * Of CPU between two turns of the loop, of the whole process: the server of the test, the collector of memory and what
 * Jest does are in it, so it is wider than the 50 ms that are meant.
 */
const STRETCH_MS = 150;

const filled = (begin: string, part: string, end: string, size = LARGE): Buffer => {
  const times = Math.floor((size - begin.length - end.length) / part.length);
  return Buffer.concat([Buffer.from(begin), Buffer.alloc(times * part.length, part), Buffer.from(end)]);
};

const HOSTILE: Readonly<Record<string, Buffer>> = {
  'numbers in place of models': filled('{"data":[', '0,', '0]}'),
  'empty lists': filled('{"data":[', '[],', '[]]}'),
  'a list in a list in a list': filled('{"data":[', '[', ''),
  'objects in objects': filled('{"data":', '{"a":', ''),
  'one row of a million keys': filled('{"data":[{"id":"a","x":{', '"k":1,', '"k":1}}]}'),
  'one row of a million capabilities': filled('{"data":[{"id":"a","capabilities":[', '"x",', '"x"]}]}'),
  'rows of thousands of wrong capabilities': filled(
    '{"data":[',
    `{"id":"a","capabilities":[${'0,'.repeat(20_000)}0]},`,
    '{"id":"b"}]}',
  ),
  'rows as long as rows may be': filled('{"data":[', `{"id":"a","x":[${'[],'.repeat(20_000)}0]},`, '{"id":"b"}]}'),
  'many other members': filled('{', '"k":[],', '"data":[{"id":"a"}]}'),
  'one long text': filled('{"data":[{"id":"', 'a', '"}]}'),
  'nothing but escapes': filled('{"data":[{"id":"', '\\\\', '"}]}'),
  blanks: filled('{"data":[', '        ', '{"id":"a"}]}'),
  'commas without a list': filled('{"x":"', ',', '"}'),
  'a page of HTML': filled('<html>', '<p>a, b, c</p>', '</html>'),
};

const honest = (count: number, size = 200): Buffer =>
  Buffer.from(
    JSON.stringify({
      object: 'list',
      data: Array.from({ length: count }, (_unused, index) => ({
        id: `vendor/model-${index}`,
        object: 'model',
        created: 1,
        owned_by: 'vendor',
        context_length: 8_192,
        description: 'd'.repeat(size),
      })),
    }),
  );

const PLAIN = { auth: 'NONE', apiKey: null, headers: [], declaredModels: [] } as const;

let server: Server;
let client: OutboundClient;
let providers: Providers;
let origin: string;
let body: Buffer = Buffer.alloc(0);
let headers: Readonly<Record<string, string>> = {};
let received = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    const isList = /\/(models|tags)$/.test(request.url ?? '');
    if (!isList) return void response.writeHead(404).end('{"error":"no"}');
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length, ...headers });
    void pour(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  client = createOutboundClient();
});

beforeEach(() => {
  providers = createProviders({ client });
  headers = {};
  received = 0;
});

afterAll(async () => {
  await client.close();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

/** In pieces, with turns of the loop between them, as a network brings them. */
async function pour(response: ServerResponse): Promise<void> {
  const pieces = async function* () {
    for (let at = 0; at < body.length; at += 128 * 1024) {
      received = at;
      yield body.subarray(at, at + 128 * 1024);
      await setImmediate();
    }
  };
  await pipeline(pieces, response).catch((error: unknown) => {
    // The client may leave in the middle of it: that is what some of the tests are about.
    if ((error as { code?: unknown }).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  });
}

function check(kind: EndpointKind = 'OPENAI', timeoutMs = 120_000): Promise<Check> {
  const url = kind === 'OPENAI' ? `${origin}/v1` : origin;
  return providers[kind].check(
    { kind, url, auth: 'NONE', apiKey: null, headers: [], declaredModels: [] },
    { timeoutMs },
  );
}

describe('a list of megabytes never holds the event loop', () => {
  it.each(Object.keys(HOSTILE))(
    '%s',
    async (name) => {
      body = HOSTILE[name] as Buffer;
      const { result, ms } = await calmestStretch(STRETCH_MS, () => check());
      expect(result.models?.length ?? 0).toBeLessThanOrEqual(20_000);
      expect(ms).toBeLessThan(STRETCH_MS);
    },
    120_000,
  );

  it('at an Ollama', async () => {
    const row = `{"name":"a","capabilities":[${'0,'.repeat(20_000)}0]},`;
    body = filled('{"models":[', row, '{"name":"b"}]}');
    const { result, ms } = await calmestStretch(STRETCH_MS, () => check('OLLAMA'));
    expect(result.models?.map(({ upstreamId }) => upstreamId)).toEqual(['a', 'b']);
    expect(ms).toBeLessThan(STRETCH_MS);
  }, 120_000);

  it('20,000 honest models in 31 MB are read, all of them', async () => {
    body = honest(20_000, 1_450);
    expect(body.length).toBeGreaterThan(29 * MB);
    const { result, ms } = await calmestStretch(STRETCH_MS, () => check());
    expect(result.models).toHaveLength(20_000);
    expect(ms).toBeLessThan(STRETCH_MS);
  }, 120_000);
});

describe('a list that breaks a bound is not received again with each check', () => {
  it('one of 40 MB: the endpoint is asked, the list is not read, until its head says that it is another one', async () => {
    body = honest(20_000, 2_000);
    headers = { etag: '"1"' };
    const first = await check();
    expect(first).toMatchObject({ status: 'OFFLINE', problem: { code: 'TOO_LARGE' }, models: null });
    expect(first.problem?.message).toContain('every 15 minutes');
    received = 0;
    const again = await check();
    expect(again.problem).toEqual(first.problem);
    expect(received).toBeLessThan(4 * MB);

    body = honest(3);
    headers = { etag: '"2"' };
    expect((await check()).models).toHaveLength(3);
  }, 120_000);

  it('one of 30,000 models: the first 20,000 serve meanwhile', async () => {
    body = honest(30_000, 50);
    const first = await check();
    expect(first).toMatchObject({ status: 'DEGRADED', problem: { code: 'PARTIAL_MODEL_LIST' }, isPart: true });
    expect(first.models).toHaveLength(20_000);
    expect(first.problem?.message).toContain('every 15 minutes');
    received = 0;
    const again = await check();
    expect(again.models).toHaveLength(20_000);
    expect(received).toBeLessThan(4 * MB);
    // Who tries a connection out reads what is there now.
    await providers.verify({ kind: 'OPENAI', url: `${origin}/v1`, ...PLAIN }, { timeoutMs: 120_000 });
    expect(received).toBeGreaterThan(4 * MB);
  }, 120_000);
});

it('a list that did not change is not parsed again', async () => {
  body = honest(20_000);
  const parse = jest.spyOn(JSON, 'parse');
  try {
    const first = await check();
    expect(parse.mock.calls.length).toBeGreaterThanOrEqual(20_000);
    parse.mockClear();
    const again = await check();
    expect(again.models).toEqual(first.models);
    expect(parse.mock.calls.length).toBeLessThan(10);
  } finally {
    parse.mockRestore();
  }
}, 120_000);

it('what is compressed a thousandfold is held to the same bounds', async () => {
  body = gzipSync(HOSTILE['empty lists'] as Buffer);
  headers = { 'content-encoding': 'gzip' };
  const { result, ms } = await calmestStretch(STRETCH_MS, () => check());
  expect(result.status).not.toBe('ONLINE');
  expect(ms).toBeLessThan(STRETCH_MS);
}, 60_000);

it('eight such endpoints at a time stay within one budget', async () => {
  body = HOSTILE['one row of a million keys'] as Buffer;
  const before = process.memoryUsage();
  let most = 0;
  const watch = setInterval(() => {
    const { arrayBuffers, heapUsed } = process.memoryUsage();
    most = Math.max(most, arrayBuffers + heapUsed - before.arrayBuffers - before.heapUsed);
  }, 20);
  const all = await Promise.all(
    Array.from({ length: 8 }, (_unused, index) =>
      providers.OPENAI.check(
        { kind: 'OPENAI', url: `${origin}/${index}/v1`, auth: 'NONE', apiKey: null, headers: [], declaredModels: [] },
        { timeoutMs: 120_000 },
      ),
    ),
  );
  clearInterval(watch);
  expect(all.map(({ problem }) => problem?.code)).toEqual(all.map(() => 'UNEXPECTED_SHAPE'));
  expect(most).toBeLessThan(600 * MB);
}, 120_000);
