import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { Agent, request as send } from 'undici';
import { answerCalls } from '../support/child.js';

/** The least that a gateway can be: it parses the body once to know the model, and passes the rest on. */
export interface PassThroughCalls {
  start(upstream: string): Promise<string>;
}

const agent = new Agent();
let upstream = '';

async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const body = Buffer.concat(parts);
  const { model } = JSON.parse(body.toString()) as { model?: unknown };
  if (typeof model !== 'string') {
    response.writeHead(400).end();
    return;
  }
  const answer = await send(`${upstream}/chat/completions`, {
    dispatcher: agent,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  response.writeHead(answer.statusCode, answer.headers);
  await pipeline(answer.body, response);
}

const server = createServer((request, response) => {
  pass(request, response).catch(() => response.destroy());
});

answerCalls<PassThroughCalls>({
  start: async (url) => {
    upstream = url;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  },
});
