import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger } from '../../log/logger.js';
import { createMetrics } from '../metrics.js';
import { createRequestLog } from './request-log.js';

const SECRET = 'hidden-from-the-log';

let server: Server;
let lines: string[];
beforeEach(async () => {
  lines = [];
  const logger = createLogger({ level: 'trace', destination: { write: (line: string) => void lines.push(line) } });
  const log = createRequestLog({ logger, metrics: createMetrics() });
  server = createServer((message, answer) => {
    log({ id: 'id-1', clientIp: '127.0.0.1', raw: message }, '/route', answer);
    message.resume();
    answer.end(SECRET);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

async function ask(target: string, method = 'GET'): Promise<Record<string, unknown>> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const body = `{"${SECRET}":1}`;
  const headers = [
    'host: example.org',
    'connection: close',
    `authorization: Bearer ${SECRET}`,
    `cookie: session=${SECRET}`,
    `x-api-key: ${SECRET}`,
    `referer: http://example.org/?${SECRET}`,
    `user-agent: ${SECRET}`,
    `x-request-id: ${SECRET}`,
    `content-length: ${String(body.length)}`,
  ];
  socket.end(`${method} ${target} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n${body}`);
  socket.resume();
  await once(socket, 'close');
  while (lines.length === 0) await new Promise((resolve) => setImmediate(resolve));
  return JSON.parse(lines[0] ?? '') as Record<string, unknown>;
}

describe('the request log', () => {
  it.each([
    ['/v1/models', '/v1/models'],
    [`/v1/models?key=${SECRET}`, '/v1/models'],
    [`/?${SECRET}`, '/'],
    [`/a?b?${SECRET}`, '/a'],
    [`http://ada:${SECRET}@example.org/v1/models?key=${SECRET}`, '/v1/models'],
    [`http://ada:${SECRET}@example.org`, ''],
    [`http://ada:${SECRET}@example.org?key=${SECRET}`, ''],
    ['/a"},{"level":"fatal', '/a"},{"level":"fatal'],
    ['/a\\n%0a\t', '/a\\n%0a\t'],
  ])('has no header, query, user or body of a request for %j', async (target, path) => {
    const line = await ask(target.replace('\t', '%09'), 'POST');
    expect(lines).toHaveLength(1);
    expect(lines.join('')).not.toContain(SECRET);
    expect(Object.keys(line).sort()).toEqual([
      'ip',
      'level',
      'method',
      'ms',
      'msg',
      'path',
      'requestId',
      'status',
      'time',
    ]);
    expect(line).toMatchObject({ level: 'info', method: 'POST', path: path.replace('\t', '%09'), status: 200 });
  });
});
