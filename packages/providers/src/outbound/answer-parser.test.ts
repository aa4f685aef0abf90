import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { request } from 'undici';
import { createGuardedAgent, createOutboundClient } from '../http.js';
import { unreadableAnswer } from './answer-problem.js';
import { OutboundError } from './outbound-error.js';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A server that answers each request with these bytes. */
async function serve(answer: (socket: Socket, request: number) => void): Promise<string> {
  const sockets = new Set<Socket>();
  let requests = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      if (/^(?:GET|POST) /.test(bytes.toString('latin1'))) answer(socket, (requests += 1));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/v1/models`;
}

function agent() {
  const made = createGuardedAgent();
  closing.push(() => made.destroy());
  return made;
}

function client() {
  const made = createOutboundClient();
  closing.push(() => made.close());
  return made;
}

async function failureOf(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => new Error('It did not fail.'),
    (error: unknown) => error as Error,
  );
}

const GOOD = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}';
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';

describe('interim answers that nobody asked for are passed over', () => {
  it.each([
    ['100 Continue', CONTINUE],
    ['102 Processing', 'HTTP/1.1 102 Processing\r\n\r\n'],
    ['103 Early Hints', 'HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\n'],
    ['a status that nobody knows', 'HTTP/1.1 199 Odd\r\nx: y\r\n\r\n'],
    ['many of them', CONTINUE.repeat(100)],
  ])('%s, by gateway and checks, also on a connection that is used again', async (_what, interim) => {
    const url = await serve((socket) => socket.write(interim + GOOD));
    const dispatcher = agent();
    for (let count = 0; count < 2; count += 1) {
      const { statusCode, body } = await request(url, { dispatcher, method: 'POST', body: 'x' });
      expect([statusCode, await body.text()]).toEqual([200, '{}']);
      expect(await client().request({ url })).toMatchObject({ status: 200, body: '{}' });
    }
  });

  it('wherever their bytes are cut', async () => {
    const bytes = Buffer.from(CONTINUE + GOOD);
    const url = await serve((socket, count) => {
      socket.write(bytes.subarray(0, count));
      setImmediate(() => socket.write(bytes.subarray(count)));
    });
    const dispatcher = agent();
    for (let cut = 1; cut < CONTINUE.length + 4; cut += 1) {
      const { body } = await request(url, { dispatcher });
      expect(await body.text()).toBe('{}');
    }
  });

  it('but not without end', async () => {
    const url = await serve((socket) => {
      const more = (): void => {
        while (!socket.destroyed && socket.write(CONTINUE.repeat(100)));
        if (!socket.destroyed) socket.once('drain', more);
      };
      more();
    });
    const error = await failureOf(request(url, { dispatcher: agent() }));
    expect(error).toBeInstanceOf(OutboundError);
    expect(error.message).toContain('one interim answer after the other');
    expect((await failureOf(client().request({ url }))).message).toContain('one interim answer after the other');
  });

  it('and do not begin the wait for an answer anew', async () => {
    const url = await serve((socket) => {
      const timer = setInterval(() => socket.write(CONTINUE), 50);
      socket.once('close', () => clearInterval(timer));
    });
    const error = await failureOf(request(url, { dispatcher: agent(), headersTimeout: 600 }));
    expect((error as { code?: unknown }).code).toBe('UND_ERR_HEADERS_TIMEOUT');
  });

  it('but for another protocol, which is told', async () => {
    const url = await serve((socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
    );
    const error = await failureOf(request(url, { dispatcher: agent() }));
    expect(error.message).toBe('The endpoint switched to another protocol, which nobody asked for.');
  });
});

describe('an answer that has no body', () => {
  it.each([
    ['204 that states a length', 'HTTP/1.1 204 No Content\r\ncontent-length: 2\r\n\r\n', 204],
    ['204 with a body', 'HTTP/1.1 204 No Content\r\ncontent-length: 2\r\n\r\n{}', 204],
    ['204 with a body of no stated length', 'HTTP/1.1 204 No Content\r\n\r\n{}', 204],
    ['204 with chunks', 'HTTP/1.1 204 No Content\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n', 204],
    ['304 that states the length of what it stands for', 'HTTP/1.1 304 Not Modified\r\ncontent-length: 2\r\n\r\n', 304],
  ])('%s, and the next one on the same origin is its own', async (_what, bytes, status) => {
    const url = await serve((socket, count) => socket.write(count === 1 ? bytes : GOOD));
    const dispatcher = agent();
    const first = await request(url, { dispatcher });
    expect([first.statusCode, await first.body.text()]).toEqual([status, '']);
    const second = await request(url, { dispatcher });
    expect([second.statusCode, await second.body.text()]).toEqual([200, '{}']);
  });

  it('cannot smuggle an answer to the next request in its body', async () => {
    const smuggled = 'HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nsmuggled';
    const url = await serve((socket, count) => {
      if (count > 1) return void socket.write(GOOD);
      socket.write(`HTTP/1.1 204 No Content\r\ncontent-length: ${String(smuggled.length)}\r\n\r\n`);
      setImmediate(() => socket.write(smuggled));
    });
    const dispatcher = agent();
    expect((await request(url, { dispatcher })).statusCode).toBe(204);
    expect(await (await request(url, { dispatcher })).body.text()).toBe('{}');
  });

  it('is told of a check as an empty one', async () => {
    const url = await serve((socket) => socket.write('HTTP/1.1 204 No Content\r\ncontent-length: 2\r\n\r\n{}'));
    expect(await client().request({ url })).toMatchObject({ status: 204, body: '' });
  });
});

describe('what is not HTTP is told as what it is', () => {
  const CHUNKS = '2\r\n{}\r\n0\r\n\r\n';
  it.each([
    ['a length beside chunks', `content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n${CHUNKS}`, 'in two ways'],
    ['chunks beside a length', `transfer-encoding: chunked\r\ncontent-length: 2\r\n\r\n${CHUNKS}`, 'in two ways'],
    ['two lengths', 'content-length: 2\r\ncontent-length: 3\r\n\r\n{}', 'Content-Length'],
    ['a control character in a header', 'x-a: a\u0001b\r\ncontent-length: 2\r\n\r\n{}', 'Invalid header value char'],
    ['a header without a name', 'x(a: b\r\ncontent-length: 2\r\n\r\n{}', 'Invalid header token'],
  ])('%s', async (_what, rest, words) => {
    const url = await serve((socket) => socket.write(`HTTP/1.1 200 OK\r\n${rest}`));
    const told = await failureOf(client().request({ url }));
    expect(told).toMatchObject({ problem: { code: 'UNEXPECTED_SHAPE', message: expect.stringContaining(words) } });
    expect(JSON.stringify(told)).not.toContain('https');
    const raw = await failureOf(request(url, { dispatcher: agent() }));
    expect(unreadableAnswer(raw)).toMatchObject({ code: 'UNEXPECTED_SHAPE', message: expect.stringContaining(words) });
  });

  it('a head that is too large', async () => {
    const url = await serve((socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`));
    const raw = await failureOf(request(url, { dispatcher: agent() }));
    expect(unreadableAnswer(raw)).toMatchObject({ code: 'TOO_LARGE' });
  });

  it('a connection that closed says nothing of the answer', async () => {
    const url = await serve((socket) => socket.destroy());
    expect(unreadableAnswer(await failureOf(request(url, { dispatcher: agent() })))).toBeNull();
  });
});
