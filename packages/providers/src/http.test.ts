import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import { request } from 'undici';
import { createCertificate } from '@intrallm/simulator';
import { createGuardedAgent, createOutboundClient, type OutboundClient, type OutboundClientOptions } from './http.js';
import { connectFirst } from './outbound/connect-first.js';
import { OutboundError } from './outbound/outbound-error.js';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function client(options: OutboundClientOptions = {}): OutboundClient {
  const created = createOutboundClient(options);
  closing.push(() => created.close());
  return created;
}

async function listen(server: Server, host = '127.0.0.1'): Promise<number> {
  server.listen(0, host);
  await once(server, 'listening');
  closing.push(async () => {
    const closed = once(server, 'close');
    server.close();
    if ('closeAllConnections' in server && typeof server.closeAllConnections === 'function')
      server.closeAllConnections();
    await closed;
  });
  return (server.address() as AddressInfo).port;
}

const serve = (answer: RequestListener, host?: string) => listen(createServer(answer), host);

async function failureOf(promise: Promise<unknown>): Promise<OutboundError> {
  const outcome: unknown = await promise.then(
    () => new Error('It did not fail.'),
    (error: unknown) => error,
  );
  if (outcome instanceof OutboundError) return outcome;
  throw outcome;
}

describe('the outbound client and the address policy', () => {
  it.each([
    'http://169.254.169.254/',
    'http://[::ffff:169.254.169.254]/',
    'http://2852039166/',
    'http://0.0.0.0:1/',
    'https://[fd00:ec2::254]/',
  ])('refuses %s before a packet is sent', async (url) => {
    const { phase, problem } = await failureOf(client().request({ url }));
    expect(phase).toBe('ADDRESS');
    expect(problem.code).toBe('BLOCKED_ADDRESS');
  });

  it('judges what a name resolves to, and where this process listens', async () => {
    const port = await serve((_, response) => response.end('{}'));
    const own = client({ ownAddresses: () => [{ host: '127.0.0.1', port }] });
    const { problem } = await failureOf(own.request({ url: `http://localhost:${port}/` }));
    expect(problem).toMatchObject({ code: 'BLOCKED_ADDRESS', message: expect.stringContaining('itself') });
  });

  it.each([
    ['127.0.0.1', ['::1', '127.0.0.1']],
    ['::1', ['127.0.0.1', '::1']],
  ])('reaches a name at %s although its other address refuses', async (host, addresses) => {
    const port = await serve((_, response) => response.end('{}'), host);
    const socket = await connectFirst(addresses, port, AbortSignal.timeout(10_000));
    expect(socket.remoteAddress).toBe(host);
    socket.destroy();
  });

  it('tells which address answered for localhost', async () => {
    const port = await serve((_, response) => response.end('{}'));
    const session = client().openSession();
    closing.push(() => session.close());
    expect((await session.request({ url: `http://localhost:${port}/` })).status).toBe(200);
    expect(session.connection).toMatchObject({ remoteAddress: '127.0.0.1', isEncrypted: false, isViaProxy: false });
  });

  it('skips the forbidden address of a name and uses the permitted one', async () => {
    const port = await serve((_, response) => response.end('{}'));
    const strict = client({ deniedNetworks: ['::1'] });
    expect((await strict.request({ url: `http://localhost:${port}/` })).status).toBe(200);
  });

  it('guards the dispatcher of the gateway in the same way', async () => {
    const agent = createGuardedAgent({ deniedNetworks: ['127.0.0.0/8'] });
    closing.push(() => agent.destroy());
    const port = await serve((_, response) => response.end('{}'));
    const { problem } = await failureOf(request(`http://127.0.0.1:${port}/`, { dispatcher: agent }));
    expect(problem).toMatchObject({ code: 'BLOCKED_ADDRESS', message: expect.stringContaining('denied') });
  });
});

describe('the outbound client and what answers', () => {
  it('does not follow a redirect, names where it leads without its query, and asks nobody there', async () => {
    let visits = 0;
    const other = await serve((_, response) => {
      visits += 1;
      response.end();
    });
    const location = `http://127.0.0.1:${other}/elsewhere?secret=1`;
    const port = await serve((_, response) => response.writeHead(302, { location }).end());
    const { problem } = await failureOf(
      client().request({ url: `http://127.0.0.1:${port}/v1/models`, headers: { 'x-api-key': 'k' } }),
    );
    expect(problem).toMatchObject({ code: 'REDIRECTED', httpStatus: 302 });
    expect(problem.message).toContain(`http://127.0.0.1:${other}/elsewhere.`);
    expect(JSON.stringify(problem)).not.toContain('secret');
    expect(visits).toBe(0);
  });

  it('asks for no compression, and reads an answer that is compressed all the same', async () => {
    const asked: unknown[] = [];
    const port = await serve((incoming, response) => {
      asked.push(incoming.headers['accept-encoding']);
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"a":1}'));
    });
    expect((await client().request({ url: `http://127.0.0.1:${port}/` })).body).toBe('{"a":1}');
    expect(asked).toEqual(['identity']);
  });

  it.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['GZIP', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['br', brotliCompressSync],
  ])('reads %s, which nobody asked for', async (encoding, pack) => {
    const port = await serve((_incoming, response) =>
      response.writeHead(200, { 'content-encoding': encoding }).end(pack('{"a":1}')),
    );
    expect((await client().request({ url: `http://127.0.0.1:${port}/` })).body).toBe('{"a":1}');
  });

  it.each([
    ['as sent', {}, 'x'.repeat(5_000)],
    ['as decoded', { 'content-encoding': 'gzip' }, gzipSync('x'.repeat(5_000))],
  ])('stops reading a body over the cap, %s', async (_, headers, body) => {
    const port = await serve((_incoming, response) => response.writeHead(200, headers).end(body));
    const { problem } = await failureOf(client().request({ url: `http://127.0.0.1:${port}/`, maxBodyBytes: 1_000 }));
    expect(problem.code).toBe('TOO_LARGE');
  });

  it('ends a request at its deadline, and tells silence from an answer that does not end', async () => {
    const port = await serve((incoming, response) => {
      if (incoming.url === '/half') response.write('{');
    });
    const ask = (path: string, totalMs: number) =>
      failureOf(client().request({ url: `http://127.0.0.1:${port}${path}`, deadlines: { totalMs } }));
    expect((await ask('/', 300)).problem).toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringContaining('No answer'),
    });
    expect((await ask('/half', 4_000)).problem).toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringContaining('did not finish'),
    });
  });

  it('rejects with the reason of an abort', async () => {
    const received: Promise<unknown>[] = [];
    const server = createServer(() => undefined);
    received.push(once(server, 'request'));
    const port = await listen(server);
    const controller = new AbortController();
    const pending = client().request({ url: `http://127.0.0.1:${port}/`, signal: controller.signal });
    await received[0];
    controller.abort(new Error('Enough.'));
    await expect(pending).rejects.toThrow('Enough.');
  });

  it('knows names that nobody knows', async () => {
    const { phase, problem } = await failureOf(client().request({ url: 'http://no-such-host.invalid/' }));
    expect({ phase, code: problem.code }).toEqual({ phase: 'ADDRESS', code: 'DNS' });
  });

  it('tells http from https, on either side', async () => {
    const plain = await serve((_, response) => response.end('{}'));
    const spoken = await failureOf(client().request({ url: `https://127.0.0.1:${plain}/` }));
    expect(spoken.problem).toMatchObject({ code: 'TLS', hint: expect.stringContaining('http://') });
    const tls = await listen(createTlsServer(createCertificate({ hosts: ['localhost'], validDays: 1 })));
    const { problem } = await failureOf(client().request({ url: `http://127.0.0.1:${tls}/` }));
    expect(['TLS', 'CONNECTION_RESET']).toContain(problem.code);
    expect(problem.hint).toContain('https://');
  });

  it('trusts an authority that the operator names, for its name only', async () => {
    const { key, cert } = createCertificate({ hosts: ['localhost'], validDays: 1 });
    const port = await listen(createTlsServer({ key, cert }, (_, response) => response.end('{}')));
    const trusting = client({ ca: cert });
    const session = trusting.openSession();
    closing.push(() => session.close());
    expect((await session.request({ url: `https://localhost:${port}/` })).status).toBe(200);
    expect(session.connection).toMatchObject({ isEncrypted: true, tlsMs: expect.any(Number) });
    const { phase, problem } = await failureOf(trusting.request({ url: `https://127.0.0.1:${port}/` }));
    expect({ phase, code: problem.code }).toEqual({ phase: 'TLS', code: 'TLS' });
    expect(problem.message).toContain('another name');
  });
});

describe('the outbound proxy', () => {
  async function startProxy(): Promise<{ url: string; asked: string[] }> {
    const asked: string[] = [];
    const upstream = await serve((_, response) => response.end('{"through":"proxy"}'));
    const proxy = createServer();
    proxy.on('connect', (incoming, socket) => {
      asked.push(`${incoming.url} ${incoming.headers['proxy-authorization'] ?? ''}`);
      const onward = connect(upstream, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        socket.pipe(onward).pipe(socket);
      });
      onward.on('error', () => socket.destroy());
      socket.on('error', () => onward.destroy());
      socket.on('close', () => onward.destroy());
    });
    const port = await listen(proxy);
    return { url: `http://me:secret@127.0.0.1:${port}`, asked };
  }

  it('carries what goes to public hosts, and says that it does', async () => {
    const proxy = await startProxy();
    const session = client({ proxyUrl: proxy.url }).openSession();
    closing.push(() => session.close());
    expect((await session.request({ url: 'http://8.8.8.8:8000/' })).body).toContain('proxy');
    expect(session.connection).toMatchObject({ isViaProxy: true, isJudged: true, remoteAddress: null });
    expect(proxy.asked).toEqual([`8.8.8.8:8000 Basic ${Buffer.from('me:secret').toString('base64')}`]);
  });

  it('is not used for private addresses, nor to reach what is refused', async () => {
    const proxy = await startProxy();
    const port = await serve((_, response) => response.end('{"direct":true}'));
    const through = client({ proxyUrl: proxy.url });
    expect((await through.request({ url: `http://127.0.0.1:${port}/` })).body).toContain('direct');
    for (const host of [
      '169.254.169.254',
      '[fd00:ec2::23]',
      '[fd00:c1::a9fe:a9fe]',
      '[2001:0:4136:e378:8000:63bf:5601:5601]',
      '[fd12::5efe:a9fe:a9fe]',
      '[fec0::1]',
    ]) {
      const { problem } = await failureOf(through.request({ url: `http://${host}/` }));
      expect([host, problem.code]).toEqual([host, 'BLOCKED_ADDRESS']);
    }
    expect(proxy.asked).toEqual([]);
  });

  it('is not asked for the name of a metadata service that only it can resolve', async () => {
    const proxy = await startProxy();
    const { problem } = await failureOf(client({ proxyUrl: proxy.url }).request({ url: 'http://instance-data./' }));
    expect(problem).toMatchObject({ code: 'BLOCKED_ADDRESS', message: expect.stringContaining('metadata') });
    expect(proxy.asked).toEqual([]);
  });

  it('says that nothing could be judged where only the proxy knows the name', async () => {
    const proxy = await startProxy();
    const session = client({ proxyUrl: proxy.url }).openSession();
    closing.push(() => session.close());
    await session.request({ url: 'http://only-the-proxy-knows.invalid/' });
    expect(session.connection).toMatchObject({ isViaProxy: true, isJudged: false });
  });

  it('that is down, or no HTTP proxy at all, is named as the culprit', async () => {
    const gone = createTcpServer();
    const port = await listen(gone);
    await closing.pop()?.();
    const { problem } = await failureOf(
      client({ proxyUrl: `http://127.0.0.1:${port}` }).request({ url: 'http://8.8.8.8/' }),
    );
    expect(problem.message).toContain('outbound proxy');
    expect(() => createOutboundClient({ proxyUrl: 'socks5://127.0.0.1:1' })).toThrow(TypeError);
  });
});
