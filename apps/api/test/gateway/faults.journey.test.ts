import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DEFAULT_CADENCE } from '../../src/monitor/checks/cadence.js';
import { eventually, startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { startRawEndpoint, type RawEndpoint } from '../support/endpoints/raw-endpoint.js';
import { testDatabases } from '../support/postgres/postgres.js';

const ADD = 'mutation ($input: AddConnectionInput!) { addConnection(input: $input) { id } }';
const EVENTS = { 'content-type': 'text/event-stream' };
const DELTA = 'data: {"choices":[{"delta":{"content":"word "},"finish_reason":null}]}\n\n';
const END = 'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';

let app: TestApp;
let admin: TestClient;
let first: RawEndpoint;
let second: RawEndpoint;

/** Two endpoints with the model "m", of which the first one is asked first. Only the second one has "other". */
beforeEach(async () => {
  app = await startTestApp({ kind: testDatabases[0]!, cadence: { ...DEFAULT_CADENCE, recheckMs: [600_000] } });
  admin = await app.admin();
  first = await startRawEndpoint('first', ['m']);
  second = await startRawEndpoint('second', ['m', 'other']);
  const timeouts = { idleTimeoutMs: 1_000 };
  await admin.data(ADD, { input: { kind: 'OPENAI', url: first.url, name: 'First', priority: 0, ...timeouts } });
  await admin.data(ADD, { input: { kind: 'OPENAI', url: second.url, name: 'Second', priority: 1 } });
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

const chat = (body: object = {}, model = 'm') =>
  admin.fetch('/v1/chat/completions', { method: 'POST', body: JSON.stringify({ model, ...body }) });

/** How the requests so far ended, the oldest first. */
const outcomes = () =>
  app
    .log()
    .split('\n')
    .filter((line) => line.includes('a gateway request ended'))
    .map((line) => (JSON.parse(line) as { outcome: string }).outcome);

/** Bytes of an answer up to its end, and whether that was a cut. */
async function readAll(response: Response): Promise<{ text: string; isCut: boolean }> {
  let text = '';
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body!) text += decoder.decode(chunk as Uint8Array, { stream: true });
    return { text, isCut: false };
  } catch {
    return { text, isCut: true };
  }
}

/** What comes back for bytes that no HTTP client sends. */
async function raw(bytes: string): Promise<string> {
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.write(bytes);
  await once(socket, 'close');
  return Buffer.concat(chunks).toString();
}

describe('an endpoint', () => {
  it('that dies under load fails nobody whose answer had not begun, and cuts the others', async () => {
    const CLIENTS = 32;
    const open: ServerResponse[] = [];
    let asked = 0;
    first.answer = (_request, response) => {
      asked += 1;
      // Every second one has begun to answer when it dies; the others are still thinking.
      if (asked % 2 === 0) response.writeHead(200, EVENTS).write(DELTA);
      open.push(response);
    };
    second.answer = (_request, response) => response.writeHead(200, EVENTS).end(DELTA + END);
    const begun = new Set<number>();
    const clients = Array.from({ length: CLIENTS }, async (_, client) => {
      const ended: { text: string; isCut: boolean; status: number }[] = [];
      // Each goes on until an answer of the second endpoint shows that the first one is dead.
      for (;;) {
        const response = await chat({ stream: true, client });
        if (response.headers.get('x-intrallm-connection') !== null && open.length > 0) begun.add(client);
        const { text, isCut } = await readAll(response);
        ended.push({ text, isCut, status: response.status });
        if (text === DELTA + END) return ended;
      }
    });
    await eventually(
      () => Promise.resolve(open.length),
      (count) => count === CLIENTS,
    );
    await eventually(
      () => Promise.resolve(begun.size),
      (count) => count === CLIENTS / 2,
    );
    await first.close();
    const ended = (await Promise.all(clients)).flat();
    expect(ended.every(({ status }) => status === 200)).toBe(true);
    const cuts = ended.filter(({ isCut }) => isCut);
    expect(cuts).toHaveLength(CLIENTS / 2);
    // A cut has what came before it and nothing that was made up.
    expect(cuts.every(({ text }) => text === DELTA)).toBe(true);
    expect(ended.filter(({ isCut }) => !isCut)).toHaveLength(CLIENTS);
  });

  it('that sends a byte now and then is waited for, and cut when it falls silent', async () => {
    let going: ServerResponse | null = null;
    first.answer = (_request, response) => {
      response.writeHead(200, EVENTS);
      going = response;
      // Longer than the idle deadline together, and never as long between two of them.
      const bytes = [...DELTA.slice(0, 5)];
      const timer = setInterval(() => {
        const byte = bytes.shift();
        if (byte === undefined) clearInterval(timer);
        else response.write(byte);
      }, 400);
    };
    const { text, isCut } = await readAll(await chat({ stream: true }));
    expect({ text, isCut }).toEqual({ text: DELTA.slice(0, 5), isCut: true });
    expect(outcomes()).toEqual(['truncated']);
    await eventually(
      () => Promise.resolve(going!.destroyed),
      (isDestroyed) => isDestroyed,
    );
    expect(second.seen).toEqual([]);
  });

  it('that sends its head and then nothing is cut at the idle deadline', async () => {
    first.answer = (_request, response) => response.writeHead(200, EVENTS).flushHeaders();
    const response = await chat({ stream: true });
    expect(response.status).toBe(200);
    expect(await readAll(response)).toEqual({ text: '', isCut: true });
    expect(outcomes()).toEqual(['truncated']);
  });

  it('that closes before all that it announced has come gives a cut', async () => {
    first.answer = (_request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"half":', () => response.socket?.destroy());
    };
    expect(await readAll(await chat())).toEqual({ text: '{"half":', isCut: true });
    expect(outcomes()).toEqual(['truncated']);
  });

  it('that says 200 and means an error is passed on as it is', async () => {
    const words = '{"error":"Unexpected endpoint or method. (POST /chat/completions)"}';
    first.answer = (_request, response) => response.end(words);
    const response = await chat();
    expect([response.status, await response.text()]).toEqual([200, words]);
  });

  it('that sends eight megabytes in one line gives them to the caller byte by byte', async () => {
    const line = `data: {"choices":[{"delta":{"content":"${'x'.repeat(8 * 1024 * 1024)}"},"finish_reason":null}]}\n\n`;
    first.answer = (_request, response) => response.writeHead(200, EVENTS).end(line + END);
    expect(await (await chat({ stream: true })).text()).toBe(line + END);
    expect(outcomes()).toEqual(['complete']);
  });

  it('that compresses although nobody asked for it gives the caller its bytes and what they are', async () => {
    const packed = gzipSync('{"packed":true}');
    first.answer = (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed);
    expect(await (await chat()).json()).toEqual({ packed: true });
    expect(first.seen.map(({ headers }) => headers['accept-encoding'])).toEqual(['identity']);
  });

  it('that redirects elsewhere is not followed: our key would go with it', async () => {
    const { url } = second;
    first.answer = (_request, response) => response.writeHead(307, { location: `${url}/stolen` }).end();
    await chat({ n: 1 });
    expect(second.seen.map(({ path }) => path)).toEqual(['/v1/chat/completions']);
  });
});

describe('a caller', () => {
  const head = (lines: readonly string[]) =>
    [
      `POST /v1/chat/completions HTTP/1.1`,
      `Host: ${new URL(app.url).host}`,
      `Cookie: ${admin.cookie ?? ''}`,
      `Origin: ${app.url}`,
      ...lines,
    ]
      .map((line) => `${line}\r\n`)
      .join('');
  const BODY = '{"model":"m"}';

  it.each([
    ['a length and chunks', ['Content-Length: 13', 'Transfer-Encoding: chunked']],
    ['two lengths', ['Content-Length: 13', 'Content-Length: 14']],
    ['a length that is none', ['Content-Length: 1e1']],
    ['an encoding that hides chunks', ['Transfer-Encoding: xchunked']],
    ['a name with a space before its colon', ['Content-Length : 13']],
    ['a folded line', ['X-Folded: one', ' two', 'Content-Length: 13']],
    ['a line end in a value', ['X-Cut: one\rInjected: yes', 'Content-Length: 13']],
  ])('that smuggles with %s is refused, and no endpoint hears of it', async (_what, lines) => {
    const answer = await raw(`${head([...lines, 'Connection: close'])}\r\n${BODY}`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(first.seen.concat(second.seen)).toEqual([]);
  });

  it('with headers without end is refused', async () => {
    const lines = Array.from({ length: 3_000 }, (_, index) => `X-Header-${String(index)}: value`);
    expect(await raw(`${head(lines)}\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('has a second request on its connection answered for itself', async () => {
    const both = `${head(['Content-Length: 13'])}\r\n${BODY}${head(['Content-Length: 13', 'Connection: close'])}\r\n${BODY}`;
    const answers = (await raw(both)).split('HTTP/1.1 200').slice(1);
    expect(answers).toHaveLength(2);
    expect(first.seen.map(({ body }) => body)).toEqual([BODY, BODY]);
  });

  it('that leaves before any answer is heard of at the endpoint at once', async () => {
    const responses: ServerResponse[] = [];
    first.answer = (_request, response) => void responses.push(response);
    const request = httpRequest(`${app.url}/v1/chat/completions`, {
      method: 'POST',
      headers: admin.headers({ 'content-type': 'application/json' }),
    });
    request.on('error', () => undefined);
    request.end(BODY);
    await eventually(
      () => Promise.resolve(responses.length),
      (count) => count === 1,
    );
    const closed = once(responses[0]!, 'close');
    request.destroy();
    await closed;
    expect(outcomes()).toEqual(['client-abort']);
  });

  it('that reads slowly slows the endpoint down, and nothing piles up in between', async () => {
    const CHUNK = Buffer.alloc(256 * 1024, 'x');
    let sent = 0;
    first.answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/octet-stream' });
      const more = (): void => {
        while (response.write(CHUNK)) sent += CHUNK.length;
        sent += CHUNK.length;
        response.once('drain', more);
      };
      more();
    };
    const request = httpRequest(`${app.url}/v1/chat/completions`, {
      method: 'POST',
      headers: admin.headers({ 'content-type': 'application/json' }),
    });
    request.end(BODY);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    // Nobody reads: what the endpoint gets rid of stops growing once the buffers of the sockets are full.
    let before = -1;
    const grown = (): Promise<number> => {
      const by = sent - before;
      before = sent;
      return Promise.resolve(by);
    };
    await eventually(grown, (by) => by === 0);
    expect(sent).toBeLessThan(64 * 1024 * 1024);
    response.destroy();
    await eventually(
      () => Promise.resolve(outcomes()),
      (all) => all.length === 1,
    );
  });
});
