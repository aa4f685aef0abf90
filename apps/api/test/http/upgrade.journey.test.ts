import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
import { testDatabases } from '../support/postgres/postgres.js';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp({ kind: testDatabases[0]! });
}, 120_000);
afterAll(() => app.close());

async function opened(): Promise<Socket> {
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

const head = (first: string, ...lines: string[]) =>
  `${[`${first} HTTP/1.1`, 'Host: here', ...lines].join('\r\n')}\r\n\r\n`;
const H2C = ['Connection: Upgrade, HTTP2-Settings, close', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA'];

describe('a request that asks for another protocol', () => {
  it.each(['/graphql', '/elsewhere'])('and is reset right away at %s ends nothing but itself', async (path) => {
    for (let round = 0; round < 20; round += 1) {
      const socket = await opened();
      socket.write(head(`GET ${path}`, 'Connection: Upgrade', 'Upgrade: websocket'));
      await new Promise((resolve) => setTimeout(resolve, round % 4));
      socket.resetAndDestroy();
      await once(socket, 'close');
    }
    expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
  });

  it('that is not spoken here is served in this one', async () => {
    const socket = await opened();
    socket.write(head('GET /healthz', ...H2C));
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 OK[^]*\{"status":"alive"\}$/);
  });

  it('keeps its body, also one that comes in pieces', async () => {
    const body = JSON.stringify({ query: '{ instance { needsSetUp } }' });
    const socket = await opened();
    const lines = ['Content-Type: application/json', `Content-Length: ${body.length}`];
    socket.write(head('POST /graphql', ...H2C, ...lines) + body.slice(0, 10));
    await new Promise((resolve) => setTimeout(resolve, 20));
    socket.write(body.slice(10));
    expect(await text(socket)).toContain('{"data":{"instance":{"needsSetUp":false}}}');
  });
});
