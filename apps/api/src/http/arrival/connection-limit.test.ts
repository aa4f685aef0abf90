import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { afterEach, expect, it } from '@jest/globals';
import { createLogger } from '../../log/logger.js';
import { ConnectionLimit } from './connection-limit.js';
import { connectionsOf, openFilesLimit } from './open-files.js';

const opened: Socket[] = [];
let server: Server | null = null;
afterEach(async () => {
  for (const socket of opened.splice(0)) socket.destroy();
  server?.closeAllConnections();
  if (server !== null) await new Promise((resolve) => server?.close(resolve));
});

async function start(most: number) {
  server = createServer();
  const limit = new ConnectionLimit(server, {
    most,
    openFiles: null,
    logger: createLogger({ level: 'silent', destination: new PassThrough() }),
  });
  server.on('request', ({ url, socket }, answer) => {
    if (url === '/known') limit.know(socket);
    if (url !== '/slow') answer.end('here');
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const open = async () => {
    const socket = connect(port, '127.0.0.1');
    opened.push(socket);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  };
  const ask = async (socket: Socket, path: string) => {
    socket.write(`GET ${path} HTTP/1.1\r\nHost: here\r\n\r\n`);
    return String(await once(socket, 'data'));
  };
  return { limit, open, ask };
}

it('closes the stranger that is idle for longest for a newcomer, and never whom it knows', async () => {
  const { limit, open, ask } = await start(10);
  const known = await open();
  expect(await ask(known, '/known')).toContain('here');
  const answered = await open();
  expect(await ask(answered, '/')).toContain('here');
  const strangers: Socket[] = [];
  for (let at = 0; at < 7; at += 1) strangers.push(await open());
  expect(limit.closed).toBe(0);
  const gone = new Promise((resolve) => answered.once('close', resolve));
  for (let at = 0; at < 30; at += 1) {
    const newcomer = await open();
    expect(await ask(newcomer, '/')).toContain('here');
  }
  await gone;
  expect(limit.closed).toBe(30);
  expect(await ask(known, '/')).toContain('here');
});

it('closes one that is being answered where all strangers are', async () => {
  const { limit, open, ask } = await start(6);
  const busy: Socket[] = [];
  for (let at = 0; at < 5; at += 1) {
    const socket = await open();
    const asked = once(server!, 'request');
    socket.write('GET /slow HTTP/1.1\r\nHost: here\r\n\r\n');
    await asked;
    busy.push(socket);
  }
  const gone = new Promise((resolve) => busy[0]?.once('close', resolve));
  expect(await ask(await open(), '/')).toContain('here');
  await gone;
  expect(limit.closed).toBe(1);
});

it.each([
  [1_024, 768],
  [256, 156],
  [64, 16],
  [20_000, 15_000],
  [1_000_000, 20_000],
  [null, 20_000],
])('of %s open files leaves a share for what answers callers', (files, connections) => {
  expect(connectionsOf(files)).toBe(connections);
});

it('is told by the system how many files may be open', () => {
  expect(openFilesLimit()).toBeGreaterThan(0);
});
