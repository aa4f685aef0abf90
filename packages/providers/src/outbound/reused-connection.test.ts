import { once } from 'node:events';
import { createServer as createPlainServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Dispatcher } from 'undici';
import { createCertificate } from '@intrallm/simulator';
import { createGuardedAgent, createOutboundClient } from '../http.js';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}';

interface Endpoint {
  readonly origin: string;
  /** The bodies of whole requests, each with the number of its connection and its place on it. */
  readonly seen: string[];
}

/** Answers the first request of each connection. The others get what `second` does. */
async function endpoint(second: (socket: Socket) => void, ca?: { key: string; cert: string }): Promise<Endpoint> {
  const seen: string[] = [];
  let connections = 0;
  const sockets = new Set<Socket>();
  const onSocket = (socket: Socket): void => {
    sockets.add(socket);
    connections += 1;
    const number = connections;
    let requests = 0;
    let text = '';
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      const head = text.indexOf('\r\n\r\n');
      if (head === -1) return;
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
      const isWhole = /transfer-encoding: chunked/i.test(text)
        ? text.endsWith('0\r\n\r\n')
        : text.length >= head + 4 + length;
      if (requests === 0 && !isWhole) return;
      requests += 1;
      seen.push(`${String(number)}.${String(requests)} ${/ (\/\S*) /.exec(text)?.[1] ?? ''}`);
      text = '';
      if (requests === 1) socket.write(ANSWER);
      else second(socket);
    });
  };
  const server: Server = ca === undefined ? createPlainServer(onSocket) : createTlsServer(ca, onSocket);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  const scheme = ca === undefined ? 'http' : 'https';
  return { origin: `${scheme}://localhost:${String((server.address() as AddressInfo).port)}`, seen };
}

/** As the gateway sends a request: the status, or the failure. */
function send(agent: Dispatcher, origin: string, body: unknown = 'x'): Promise<number | Error> {
  return new Promise((settle) => {
    // undici gives a connection back to its pool a turn after the answer's end.
    const resolve = (result: number | Error): void => void setImmediate(() => setImmediate(() => settle(result)));
    let status = 0;
    const options = { origin, path: '/chat', method: 'POST', body, headers: [] };
    agent.dispatch(options as Dispatcher.DispatchOptions, {
      onRequestStart: () => undefined,
      onResponseStart: (_controller, code) => {
        status = code;
      },
      onResponseData: () => undefined,
      onResponseEnd: () => resolve(status),
      onResponseError: (_controller, error) => resolve(error),
    });
  });
}

function gatewayAgent(ca?: string): Dispatcher {
  const agent = createGuardedAgent(ca === undefined ? {} : { ca });
  closing.push(() => agent.destroy());
  return agent;
}

describe('a request over a connection that served before and is closed without a byte of an answer', () => {
  it.each([
    ['destroyed', (socket: Socket) => socket.destroy()],
    ['reset', (socket: Socket) => socket.resetAndDestroy()],
    ['ended', (socket: Socket) => socket.end()],
  ])('is made once more over a new one where it was %s', async (_how, second) => {
    const { origin, seen } = await endpoint(second);
    const agent = gatewayAgent();
    expect(await send(agent, origin)).toBe(200);
    expect(await send(agent, origin)).toBe(200);
    expect(seen).toEqual(['1.1 /chat', '1.2 /chat', '2.1 /chat']);
  });

  it('is so also where its body is long, or comes in pieces', async () => {
    const { origin, seen } = await endpoint((socket) => socket.resetAndDestroy());
    const agent = gatewayAgent();
    expect(await send(agent, origin)).toBe(200);
    expect(await send(agent, origin, Buffer.alloc(1024 * 1024, 32))).toBe(200);
    expect(await send(agent, origin, [Buffer.from('a'), Buffer.from('b')])).toBe(200);
    expect(seen.filter((one) => one.includes('.1 '))).toHaveLength(3);
  });

  it('is so over TLS', async () => {
    const certificate = createCertificate({ hosts: ['localhost'], validDays: 1 });
    const { origin, seen } = await endpoint((socket) => socket.end(), certificate);
    const agent = gatewayAgent(certificate.cert);
    expect(await send(agent, origin)).toBe(200);
    expect(await send(agent, origin)).toBe(200);
    expect(seen.at(-1)).toBe('2.1 /chat');
  });

  it('is made once more only once', async () => {
    const { origin, seen } = await endpoint((socket) => socket.destroy());
    const agent = gatewayAgent();
    const all = await Promise.all([1, 2, 3].map(() => send(agent, origin)));
    expect(all).toEqual([200, 200, 200]);
    const again = await Promise.all([1, 2, 3].map(() => send(agent, origin)));
    expect(again).toEqual([200, 200, 200]);
    expect(seen).toHaveLength(9);
  });

  it('fails where bytes of an answer came', async () => {
    for (const bytes of ['HTTP/1.1 200 OK\r\ncontent-', 'HTTP/1.1 102 Processing\r\n\r\n']) {
      const { origin, seen } = await endpoint((socket) => socket.write(bytes, () => socket.destroy()));
      const agent = gatewayAgent();
      expect(await send(agent, origin)).toBe(200);
      expect(await send(agent, origin)).toBeInstanceOf(Error);
      expect(seen).toEqual(['1.1 /chat', '1.2 /chat']);
    }
  });

  it('has no body that can be sent only once: such a request goes by a new connection', async () => {
    const { origin, seen } = await endpoint((socket) => socket.destroy());
    const agent = gatewayAgent();
    expect(await send(agent, origin)).toBe(200);
    const pieces = async function* (): AsyncGenerator<Buffer> {
      yield Buffer.from('form');
    };
    expect(await send(agent, origin, pieces())).toBe(200);
    expect(seen).toEqual(['1.1 /chat', '2.1 /chat']);
  });
});

it('a new connection that is closed without an answer is a failure at once', async () => {
  let count = 0;
  const server = createPlainServer((socket) => {
    count += 1;
    socket.on('error', () => undefined);
    socket.once('data', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => {
    server.close();
    await once(server, 'close');
  });
  const origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  expect(await send(gatewayAgent(), origin)).toBeInstanceOf(Error);
  expect(count).toBe(1);
});

it('the requests of a check and of a client get over it as well', async () => {
  const { origin, seen } = await endpoint((socket) => socket.destroy());
  const client = createOutboundClient();
  closing.push(() => client.close());
  const session = client.openSession();
  closing.push(() => session.close());
  for (const asking of [session, client]) {
    for (const path of ['/a', '/b', '/c']) {
      expect((await asking.request({ url: `${origin}${path}` })).status).toBe(200);
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    }
  }
  const ofSession = ['1.1 /a', '1.2 /b', '2.1 /b', '3.1 /c'];
  expect(seen).toEqual([...ofSession, '4.1 /a', '4.2 /b', '5.1 /b', '6.1 /c']);
});
