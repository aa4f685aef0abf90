import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type RequestListener } from 'node:http';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { TestApp, TestClient } from '../../support/app.js';
import {
  answering,
  delta,
  endsIn,
  EVENTS,
  lastEnd,
  linesOf,
  openOddAnswers,
  type OddAnswers,
} from '../../support/endpoints/odd-answers.js';
import type { RawEndpoint } from '../../support/endpoints/raw-endpoint.js';

// What endpoints answer is not always what the specifications say: the caller gets it all the same, and the record
// tells the truth.

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

let on: OddAnswers;
let plain: RawEndpoint;
let counting: RawEndpoint;
let ollama: RawEndpoint;
let app: TestApp;
let admin: TestClient;

beforeAll(async () => {
  on = await openOddAnswers();
  ({ app, admin, plain, counting, ollama } = on);
}, 60_000);

afterAll(() => on.close());

beforeEach(() => {
  for (const endpoint of [plain, counting, ollama]) endpoint.seen.splice(0);
});

const ask: OddAnswers['ask'] = (...request) => on.ask(...request);

const contentOf = (text: string) =>
  linesOf(text)
    .map(({ message }) => message?.content ?? '')
    .join('');

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
    const before = endsIn(app).length;
    const request = httpRequest(`${app.url}/v1/chat/completions`, { method: 'POST', headers: admin.headers() });
    request.end('{"model":"plain"}');
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    let bytes = 0;
    for await (const chunk of response) bytes += (chunk as Buffer).length;
    expect(bytes).toBe(64 * 1024 * 1024);
    expect((await lastEnd(app, before)).outcome).toBe('complete');
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
