import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type RequestListener } from 'node:http';
import { performance } from 'node:perf_hooks';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DEFAULT_CADENCE } from '../../src/monitor/checks/cadence.js';
import { eventually, startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { startRawEndpoint, startRawOllama, type RawEndpoint } from '../support/endpoints/raw-endpoint.js';
import { testDatabases } from '../support/postgres/postgres.js';

// What endpoints answer is not always what the text-books say: the caller gets it all the same, and the record tells
// the truth.

const ADD = 'mutation ($input: AddConnectionInput!) { addConnection(input: $input) { id } }';
const EVENTS = { 'content-type': 'text/event-stream' };
const delta = (fields: object, reason: string | null = null) =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: fields, finish_reason: reason }] })}\n\n`;
const HELLO = delta({ content: 'Grüße 🙂' });
const USAGE = 'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}\n\n';
const DONE = 'data: [DONE]\n\n';
const STREAM = HELLO + delta({}, 'stop') + USAGE + DONE;
/** What is left of it for a caller who did not ask for the counts. */
const WITHOUT_COUNTS = HELLO + delta({}, 'stop') + DONE;
const COUNTED = { input: 3, output: 2 };
const WHOLE =
  '{"object":"chat.completion","choices":[{"message":{"role":"assistant","content":"Grüße 🙂"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2}}';
const LINE = '{"message":{"content":"Grüße 🙂"},"done":false}\n';
const LAST_LINE = '{"message":{"content":""},"done":true,"prompt_eval_count":3,"eval_count":2}\n';

let app: TestApp;
let admin: TestClient;
let plain: RawEndpoint;
let counting: RawEndpoint;
let ollama: RawEndpoint;

/**
 * "plain" is served as it is, "counting" by an endpoint that is asked for token counts, "own" by an Ollama instance.
 */
beforeAll(async () => {
  app = await startTestApp({ kind: testDatabases[0]!, cadence: { ...DEFAULT_CADENCE, recheckMs: [600_000] } });
  admin = await app.admin();
  plain = await startRawEndpoint('plain', ['plain']);
  counting = await startRawEndpoint('counting', ['counting']);
  ollama = await startRawOllama('own', ['own:latest']);
  await admin.data(ADD, { input: { kind: 'OPENAI', url: plain.url, name: 'Plain' } });
  await admin.data(ADD, { input: { kind: 'OPENAI', url: counting.url, name: 'Counting', countStreamTokens: true } });
  await admin.data(ADD, { input: { kind: 'OLLAMA', url: ollama.url, name: 'Own' } });
  await eventually(
    () =>
      Promise.resolve(
        ['plain', 'counting', 'own:latest'].flatMap(
          (name) => app.app.services.routing.table.find(name)?.candidates ?? [],
        ),
      ),
    (candidates) => candidates.length === 3 && candidates.every(({ status }) => status === 'ONLINE'),
  );
}, 60_000);

afterAll(async () => {
  await app.close();
  for (const endpoint of [plain, counting, ollama]) await endpoint.close();
});

beforeEach(() => {
  for (const endpoint of [plain, counting, ollama]) endpoint.seen.splice(0);
});

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
  return JSON.parse(ended.at(-1)!) as {
    outcome: string;
    status: number;
    tokens: { input: number | null; output: number | null };
  };
}

/** An answer of `endpoint` to one request, as the caller gets it and as it is recorded. */
async function ask(
  endpoint: RawEndpoint,
  answer: RequestListener,
  { path = '/v1/chat/completions', body = {} }: { path?: string; body?: object } = {},
) {
  endpoint.answer = answer;
  const model = endpoint === plain ? 'plain' : endpoint === counting ? 'counting' : 'own';
  const before = endedSoFar();
  const messages = [{ role: 'user', content: 'Hi' }];
  const response = await admin.fetch(path, { method: 'POST', body: JSON.stringify({ model, messages, ...body }) });
  const text = await response.text().catch(() => 'cut');
  const { outcome, tokens } = await lastEnded(before);
  return { status: response.status, headers: response.headers, text, outcome, tokens };
}

const linesOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { message?: { content: string }; done?: boolean; error?: string });
const contentOf = (text: string) =>
  linesOf(text)
    .map(({ message }) => message?.content ?? '')
    .join('');

/** In pieces of so many bytes. */
const answering =
  (headers: Record<string, string>, bytes: string | Buffer, size = Infinity): RequestListener =>
  (_request, response) => {
    response.writeHead(200, headers);
    const all = Buffer.from(bytes);
    const next = (at: number): void => {
      if (at >= all.length) response.end();
      else response.write(all.subarray(at, at + size), () => setImmediate(() => next(at + size)));
    };
    next(0);
  };

describe('a stream of events under another content type', () => {
  const TYPES = ['text/plain', 'Text/Event-Stream;charset=UTF-8', 'application/json', 'application/octet-stream'];

  it.each(TYPES)('%s is one: its counts are taken out again, and its end is seen', async (type) => {
    for (const size of [1, 7, 10_000]) {
      const { text, headers, outcome, tokens } = await ask(
        counting,
        answering({ 'content-type': type }, STREAM, size),
        { body: { stream: true } },
      );
      expect([text, outcome, tokens]).toEqual([WITHOUT_COUNTS, 'complete', COUNTED]);
      expect(headers.get('cache-control')).toBe('no-cache, no-transform');
    }
  });

  it.each(TYPES)('%s is translated', async (type) => {
    const { status, text, outcome, tokens } = await ask(plain, answering({ 'content-type': type }, STREAM, 5), {
      path: '/api/chat',
    });
    expect([status, contentOf(text), linesOf(text).at(-1)?.done]).toEqual([200, 'Grüße 🙂', true]);
    expect([outcome, tokens]).toEqual(['complete', COUNTED]);
  });

  it.each([
    ['a byte order mark', `\uFEFF${STREAM}`],
    ['comments first', `: ping\n\n${STREAM}`],
    ['blank lines first', `\r\n\r\n${STREAM}`],
    ['CR LF', STREAM.replaceAll('\n', '\r\n')],
    ['a lone CR', STREAM.replaceAll('\n', '\r')],
    ['no space behind the colon', STREAM.replaceAll('data: ', 'data:')],
    ['blanks around [DONE]', STREAM.replace('[DONE]', ` [DONE]${' '.repeat(40)}`)],
    ['no empty line at the end', STREAM.trimEnd()],
    ['events with a name', STREAM.replaceAll('data:', 'event: chunk\ndata:')],
  ])('with %s is one too', async (_what, bytes) => {
    const passed = await ask(plain, answering({ 'content-type': 'text/plain' }, bytes), { body: { stream: true } });
    expect([passed.outcome, passed.tokens]).toEqual(['complete', COUNTED]);
    expect(passed.text.replace('\uFEFF', '')).toBe(bytes.replace('\uFEFF', ''));
    const { text, outcome } = await ask(plain, answering({ 'content-type': 'text/plain' }, bytes), {
      path: '/api/chat',
    });
    expect([contentOf(text), linesOf(text).at(-1)?.done, outcome]).toEqual(['Grüße 🙂', true, 'complete']);
  });

  it('that ends without a mark is truncated all the same', async () => {
    const { text, outcome } = await ask(plain, answering({ 'content-type': 'text/plain' }, HELLO), {
      body: { stream: true },
    });
    expect([text, outcome]).toEqual([HELLO, 'truncated']);
  });

  it('is none where nothing of it looks like one', async () => {
    const page = '<!doctype html><title>data: x</title>';
    const passed = await ask(plain, answering({ 'content-type': 'text/html' }, page), { body: { stream: true } });
    expect([passed.text, passed.headers.get('cache-control')]).toEqual([page, 'no-store']);
    const { status, text } = await ask(plain, answering({ 'content-type': 'text/html' }, page), { path: '/api/chat' });
    expect([status, linesOf(text)]).toEqual([502, [{ error: 'The endpoint’s answer is not JSON.' }]]);
  });

  it('is passed on when its first bytes are there, and blanks before them do not hold it up', async () => {
    let go: () => void = () => undefined;
    plain.answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('\n');
      go = () => void response.end(WHOLE);
    };
    const response = await admin.fetch('/v1/chat/completions', {
      method: 'POST',
      body: JSON.stringify({ model: 'plain', stream: true }),
    });
    expect(response.status).toBe(200);
    go();
    expect(await response.text()).toBe(`\n${WHOLE}`);
  });
});

describe('one piece of JSON that is said to be a stream of events', () => {
  it.each([
    ['with [DONE]', `${WHOLE}\n\n${DONE}`],
    ['alone', WHOLE],
    ['behind blank lines', `\n\n${WHOLE}\n`],
    ['behind a byte order mark', `\uFEFF${WHOLE}`],
    ['as one event', `data: ${WHOLE}\n\n${DONE}`],
  ])('%s is the whole answer', async (_what, bytes) => {
    for (const size of [3, 10_000]) {
      const passed = await ask(plain, answering(EVENTS, bytes, size), { body: { stream: true } });
      expect([passed.outcome, passed.tokens]).toEqual(['complete', COUNTED]);
      for (const stream of bytes.includes(`data: ${WHOLE}`) ? [true] : [true, false]) {
        const { status, text, outcome, tokens } = await ask(plain, answering(EVENTS, bytes, size), {
          path: '/api/chat',
          body: { stream },
        });
        expect([status, contentOf(text), linesOf(text).at(-1)?.done]).toEqual([200, 'Grüße 🙂', true]);
        expect([outcome, tokens]).toEqual(['complete', COUNTED]);
      }
    }
  });

  it.each([
    ['an error', '{"error":{"message":"no memory"}}\n\n', 'no memory'],
    ['nothing that is an answer', '{"choices":[]}', 'The endpoint gave no chat completion.'],
    ['cut JSON', '{"choices":[{"mess', 'The endpoint’s answer is not JSON.'],
  ])('and is %s is an error', async (_what, bytes, error) => {
    const { text, outcome } = await ask(plain, answering(EVENTS, bytes), { path: '/api/chat' });
    expect([linesOf(text), outcome]).toEqual([[{ error }], 'upstream-error']);
    if (bytes.startsWith('{"error"')) {
      const passed = await ask(plain, answering(EVENTS, bytes), { body: { stream: true } });
      expect([passed.text, passed.outcome]).toEqual([bytes, 'upstream-error']);
    }
  });
});

describe('a compressed answer that nobody asked for', () => {
  const ENCODINGS = [
    ['gzip', gzipSync],
    ['GZIP', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['br', brotliCompressSync],
  ] as const;

  it.each(ENCODINGS)('in %s is read, counted and its end seen', async (encoding, pack) => {
    for (const size of [1, 10_000]) {
      const stream = await ask(counting, answering({ ...EVENTS, 'content-encoding': encoding }, pack(STREAM), size), {
        body: { stream: true },
      });
      expect([stream.text, stream.outcome, stream.tokens]).toEqual([WITHOUT_COUNTS, 'complete', COUNTED]);
      const whole = await ask(plain, answering({ 'content-encoding': encoding }, pack(WHOLE), size));
      expect([whole.text, whole.outcome, whole.tokens]).toEqual([WHOLE, 'complete', COUNTED]);
      const translated = await ask(plain, answering({ ...EVENTS, 'content-encoding': encoding }, pack(STREAM), size), {
        path: '/api/chat',
      });
      expect([contentOf(translated.text), translated.outcome]).toEqual(['Grüße 🙂', 'complete']);
      const native = await ask(ollama, answering({ 'content-encoding': encoding }, pack(LINE + LAST_LINE), size), {
        path: '/api/chat',
      });
      expect([native.text, native.outcome, native.tokens]).toEqual([LINE + LAST_LINE, 'complete', COUNTED]);
    }
  });

  it('has its error told in words, and its events one by one', async () => {
    const error = await ask(
      plain,
      (_request, response) =>
        response.writeHead(400, { 'content-encoding': 'gzip' }).end(gzipSync('{"error":{"message":"too long"}}')),
      { path: '/api/chat' },
    );
    expect([error.status, linesOf(error.text)]).toEqual([400, [{ error: 'too long' }]]);
  });

  it('that is cut is a cut', async () => {
    const packed = gzipSync(STREAM);
    const { text, outcome } = await ask(
      plain,
      (_request, response) => {
        response.writeHead(200, { ...EVENTS, 'content-encoding': 'gzip', 'content-length': packed.length });
        response.write(packed.subarray(0, 20), () => setImmediate(() => response.destroy()));
      },
      { body: { stream: true } },
    );
    expect([text, outcome]).toEqual(['cut', 'truncated']);
  });

  it.each(['utf-8', 'none', 'gzip', 'identity, utf-8'])(
    'is said to be in %s and is in none, and is read as it is',
    async (encoding) => {
      const head = { ...EVENTS, 'content-encoding': encoding };
      const stream = await ask(counting, answering(head, STREAM), { body: { stream: true } });
      expect([stream.text, stream.outcome, stream.tokens]).toEqual([WITHOUT_COUNTS, 'complete', COUNTED]);
      const translated = await ask(plain, answering({ 'content-encoding': encoding }, WHOLE), { path: '/api/chat' });
      expect([translated.status, translated.outcome, translated.tokens]).toEqual([200, 'complete', COUNTED]);
    },
  );

  it('in gzip beside what changes nothing is decoded', async () => {
    const head = { ...EVENTS, 'content-encoding': 'identity, gzip' };
    const { text, outcome } = await ask(plain, answering(head, gzipSync(STREAM)), { body: { stream: true } });
    expect([text, outcome]).toEqual([STREAM, 'complete']);
  });

  it('on the way, as the transfer says, is decoded as well', async () => {
    const head = { 'content-type': 'application/json', 'transfer-encoding': 'gzip, chunked' };
    const { text, outcome, tokens } = await ask(plain, answering(head, gzipSync(WHOLE)));
    expect([text, outcome, tokens]).toEqual([WHOLE, 'complete', COUNTED]);
  });

  it('and is no such thing comes through as it is', async () => {
    const odd = { 'content-type': 'text/plain', 'content-encoding': 'x-own' };
    const { text, outcome } = await ask(plain, answering(odd, 'xx'));
    expect([text, outcome]).toEqual(['xx', 'complete']);
  });

  it('waits for a caller who reads slowly', async () => {
    const packed = gzipSync(Buffer.alloc(64 * 1024 * 1024, 'x'));
    plain.answer = answering({ 'content-type': 'application/octet-stream', 'content-encoding': 'gzip' }, packed);
    const before = endedSoFar();
    const request = httpRequest(`${app.url}/v1/chat/completions`, { method: 'POST', headers: admin.headers() });
    request.end('{"model":"plain"}');
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    let bytes = 0;
    for await (const chunk of response) bytes += (chunk as Buffer).length;
    expect(bytes).toBe(64 * 1024 * 1024);
    expect((await lastEnded(before)).outcome).toBe('complete');
  });
});

describe('a long answer', () => {
  const LONG = 'y'.repeat(60_000);

  it.each([
    [
      'first',
      `{"id":"x","usage":{"prompt_tokens":3,"completion_tokens":2},"choices":[{"message":{"content":"${LONG}"}}]}`,
    ],
    ['last', `{"choices":[{"message":{"content":"${LONG}"}}],"usage":{"prompt_tokens":3,"completion_tokens":2}}`],
    ['far from its end', `{"usage":{"prompt_tokens":3,"completion_tokens":2},"x":"${LONG}","choices":[]}`],
  ])('is counted where its usage stands %s', async (_what, bytes) => {
    for (const type of ['application/json', 'text/plain', 'application/vnd.x+json']) {
      const { text, tokens } = await ask(plain, answering({ 'content-type': type }, bytes, 1_000));
      expect([text.length, tokens]).toEqual([bytes.length, COUNTED]);
    }
  });
});

describe('lines of an Ollama under another content type', () => {
  it.each(['application/x-ndjson', 'application/json', 'text/plain', 'Application/X-NDJSON; charset=utf-8'])(
    '%s end with their last one, or are truncated',
    async (type) => {
      const whole = await ask(ollama, answering({ 'content-type': type }, LINE + LAST_LINE, 9), { path: '/api/chat' });
      expect([whole.text, whole.outcome, whole.tokens]).toEqual([LINE + LAST_LINE, 'complete', COUNTED]);
      const cut = await ask(ollama, answering({ 'content-type': type }, LINE), { path: '/api/chat' });
      expect([linesOf(cut.text).at(-1), cut.outcome]).toEqual([
        { error: 'The endpoint ended the answer before it was complete.' },
        'truncated',
      ]);
      const one = await ask(ollama, answering({ 'content-type': type }, '{"embeddings":[[1]]}'), {
        path: '/api/embed',
      });
      expect([one.text, one.outcome]).toEqual(['{"embeddings":[[1]]}', 'complete']);
    },
  );
});

describe('a head that cannot be passed on as it is', () => {
  it('with the name of a file in UTF-8 has it in a form that all clients read', async () => {
    const { text, headers, outcome } = await ask(plain, (_request, response) => {
      const type = { 'content-type': 'audio/mpeg', 'content-length': '5' };
      const name = Buffer.from('attachment; filename="语音.mp3"').toString('latin1');
      response.writeHead(200, { ...type, 'content-disposition': name }).end('sound');
    });
    expect([text, outcome]).toEqual(['sound', 'complete']);
    expect(headers.get('content-disposition')).toBe(
      `attachment; filename="__.mp3"; filename*=UTF-8''%E8%AF%AD%E9%9F%B3.mp3`,
    );
  });

  it('in our own name says nothing: what we tell of a request is ours alone', async () => {
    const theirs = {
      'x-intrallm-connection': 'other',
      'x-intrallm-limited': 'num_ctx',
      'x-intrallm-dropped': 'models',
    };
    const { headers } = await ask(plain, (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', ...theirs, 'x-other': 'kept' }).end(WHOLE);
    });
    expect(headers.get('x-intrallm-connection')).toMatch(/^[\da-f-]{36}$/);
    expect(['limited', 'dropped'].map((name) => headers.get(`x-intrallm-${name}`))).toEqual([null, null]);
    expect(headers.get('x-other')).toBe('kept');
  });

  it('and trailers, and a status without a body, end well', async () => {
    const trailed = await ask(plain, (_request, response) => {
      response.writeHead(200, { trailer: 'x-checksum' });
      response.write(WHOLE);
      response.addTrailers({ 'x-checksum': 'abc' });
      response.end();
    });
    expect([trailed.text, trailed.outcome]).toEqual([WHOLE, 'complete']);
    for (const status of [204, 205]) {
      const { text, headers, outcome } = await ask(plain, (_request, response) => {
        response.socket?.write(
          `HTTP/1.1 ${String(status)} Odd\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`,
        );
        response.socket?.end();
      });
      expect([text, outcome, headers.get('content-length')]).not.toContain('2');
      expect([text, outcome]).toEqual(['', 'complete']);
    }
  });
});

describe('what comes before an answer, or is none', () => {
  const raw =
    (bytes: string): RequestListener =>
    (_request, response) =>
      void response.socket?.write(bytes);
  const GOOD = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${String(Buffer.byteLength(WHOLE))}\r\n\r\n${WHOLE}`;

  it.each(['100 Continue', '102 Processing', '103 Early Hints'])('an unasked %s is passed over', async (interim) => {
    for (let count = 0; count < 2; count += 1) {
      const { status, text, outcome, tokens } = await ask(plain, (_request, response) => {
        response.socket?.end(`HTTP/1.1 ${interim}\r\n\r\n${GOOD}`);
      });
      expect([status, text, outcome, tokens]).toEqual([200, WHOLE, 'complete', COUNTED]);
    }
  });

  it('a length beside chunks is told as that', async () => {
    const head = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n';
    plain.answer = raw(head);
    const response = await admin.fetch('/v1/chat/completions', { method: 'POST', body: '{"model":"plain"}' });
    expect([response.status, await response.text()]).toEqual([503, expect.stringContaining('in two ways')]);
    for (const { connection } of app.app.services.routing.table.find('plain')?.candidates ?? []) {
      app.app.services.load.answered(connection.id);
    }
  });
});

describe('the token counts of a translated stream', () => {
  it('are asked for whatever the connection is set to, and not where the endpoint refuses that', async () => {
    const counted = await ask(plain, answering(EVENTS, STREAM), { path: '/api/chat' });
    expect(JSON.parse(plain.seen[0]!.body)).toMatchObject({ stream_options: { include_usage: true } });
    expect(linesOf(counted.text).at(-1)).toMatchObject({ prompt_eval_count: 3, eval_count: 2 });
    // The caller's own request to the same endpoint is nobody's but theirs.
    await ask(plain, answering(EVENTS, STREAM), { body: { stream: true } });
    expect(plain.seen[1]!.body).not.toContain('stream_options');
    let refusals = 0;
    const { text, outcome } = await ask(
      plain,
      (request, response) => {
        if (plain.seen.at(-1)!.body.includes('stream_options')) {
          refusals += 1;
          response.writeHead(422).end('{"detail":[{"loc":["body","stream_options"],"msg":"Extra inputs"}]}');
        } else answering(EVENTS, HELLO + DONE)(request, response);
      },
      { path: '/api/generate', body: { prompt: 'Hi' } },
    );
    expect([linesOf(text).at(-1)?.done, outcome, refusals]).toEqual([true, 'complete', 1]);
  });
});

describe('an answer without end', () => {
  const endless =
    (piece: string, closed: Promise<unknown>[] = []): RequestListener =>
    (_request, response) => {
      closed.push(once(response, 'close'));
      response.writeHead(200, EVENTS);
      const more = (): void => {
        while (!response.destroyed && response.write(piece));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    };

  it.each([
    ['comments', `: ${'x'.repeat(1_000)}\n`],
    ['one comment', 'x'.repeat(1_000)],
    ['empty lines', '\n'.repeat(1_000)],
    ['events without data', 'event: ping\ndata:\n\n'.repeat(100)],
  ])('of %s is stopped', async (_what, piece) => {
    for (const path of ['/v1/chat/completions', '/api/chat']) {
      const closed: Promise<unknown>[] = [];
      const start: RequestListener = (request, response) => {
        const flood = endless(piece, closed);
        flood(request, response);
      };
      const first = piece.startsWith('x') ? `: ${piece}` : piece;
      const { outcome } = await ask(
        plain,
        (request, response) => {
          if (piece.startsWith('x')) {
            closed.push(once(response, 'close'));
            response.writeHead(200, EVENTS).write(first);
            const more = (): void => {
              while (!response.destroyed && response.write(piece));
              if (!response.destroyed) response.once('drain', more);
            };
            more();
          } else start(request, response);
        },
        { path, body: { stream: true } },
      );
      expect(outcome).toBe('upstream-error');
      await closed[0];
    }
  });

  it('of thoughts is stopped, also where the caller sees none of them', async () => {
    const thought = delta({ reasoning_content: 'hm '.repeat(20_000) });
    for (const think of [true, false]) {
      const { text, outcome } = await ask(plain, endless(thought), { path: '/api/chat', body: { think } });
      expect([linesOf(text).at(-1), outcome]).toEqual([{ error: 'The model thinks without end.' }, 'upstream-error']);
    }
    const inline = await ask(plain, endless(delta({ content: '<think>'.repeat(10_000) })), { path: '/api/chat' });
    expect(linesOf(inline.text).at(-1)).toEqual({ error: 'The model thinks without end.' });
  });
});

describe('an answer that is made to hold everybody up', () => {
  const MEGABYTES = 30;
  const filled = (piece: string) => piece.repeat(Math.floor((MEGABYTES << 20) / piece.length));

  /** The longest that the event loop of this process was held, in milliseconds of CPU time. */
  async function longestStretch(run: () => Promise<void>): Promise<number> {
    let longest = 0;
    let before = process.cpuUsage();
    const probe = setInterval(() => undefined, 1);
    const immediate = { handle: setImmediate(() => undefined) };
    const turn = (): void => {
      const { user } = process.cpuUsage(before);
      longest = Math.max(longest, user / 1_000);
      before = process.cpuUsage();
      immediate.handle = setImmediate(turn);
    };
    immediate.handle = setImmediate(turn);
    await run();
    clearInterval(probe);
    clearImmediate(immediate.handle);
    return longest;
  }

  it.each([
    ['empty objects', `{"choices":[${filled('{},')}{}]}`, 'The endpoint gave no chat completion.'],
    ['nested lists', `{"choices":[{"message":{"content":${filled('[')}`, 'The endpoint’s answer is not JSON.'],
    [
      'empty objects in what is wanted',
      `{"choices":[{"message":{"tool_calls":[${filled('{},')}{}]}}]}`,
      'The endpoint’s answer is too long to be translated.',
    ],
    ['keys', `{${filled('"a":1,')}"b":2}`, 'The endpoint’s answer has too many parts to be translated.'],
  ])(
    'by %s is refused, in turns',
    async (_what, bytes, error) => {
      const body = Buffer.from(bytes);
      const startedAt = performance.now();
      let told: unknown = null;
      const longest = await longestStretch(async () => {
        const { text } = await ask(plain, answering({ 'content-type': 'application/json' }, body, 1 << 20), {
          path: '/api/chat',
          body: { stream: false },
        });
        told = linesOf(text)[0];
      });
      expect([told, performance.now() - startedAt < 20_000]).toEqual([{ error }, true]);
      // The endpoint and its caller are in this process too, so this is no measure of ours alone.
      expect(longest).toBeLessThan(400);
    },
    60_000,
  );

  it('is no matter for honest ones: embeddings of twelve megabytes come through, digit by digit', async () => {
    const vector = Array.from({ length: 1_024 }, (_, place) => `0.${String(123_456_789 + place)}`).join(', ');
    const rows = Array.from(
      { length: 800 },
      (_, index) => `{"object":"embedding","index":${String(799 - index)},"embedding":[${vector}]}`,
    );
    const body = Buffer.from(`{"data":[${rows.join(',')}],"usage":{"prompt_tokens":9,"total_tokens":9}}`);
    const { status, text, tokens } = await ask(
      plain,
      answering({ 'content-type': 'application/json' }, body, 1 << 20),
      {
        path: '/api/embed',
        body: { input: ['x'] },
      },
    );
    expect([status, tokens]).toEqual([200, { input: 9, output: null }]);
    expect(text.split(`[${vector}]`)).toHaveLength(801);
    const { embeddings } = JSON.parse(text) as { embeddings: number[][] };
    expect([embeddings.length, embeddings[0]?.length]).toEqual([800, 1_024]);
  }, 60_000);
});
