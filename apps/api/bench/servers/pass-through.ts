import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent, type Dispatcher } from 'undici';
import { answerCalls } from '../support/child.js';

/** The least that a gateway can be: it parses the body once to know the model, and passes the rest on. */
export interface PassThroughCalls {
  start(upstream: string): Promise<string>;
}

const agent = new Agent();
let upstream = { origin: '', path: '' };

function pass(request: IncomingMessage, response: ServerResponse): void {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const body = Buffer.concat(parts);
    const { model } = JSON.parse(body.toString()) as { model?: unknown };
    if (typeof model !== 'string') {
      response.writeHead(400).end();
      return;
    }
    const headers = { 'content-type': 'application/json' };
    agent.dispatch({ ...upstream, method: 'POST', headers, body }, new Passing(response));
  });
}

class Passing implements Dispatcher.DispatchHandler {
  constructor(private readonly response: ServerResponse) {}

  onRequestStart(): void {
    // Nothing to prepare.
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingMessage['headers'],
  ): void {
    this.response.on('drain', () => controller.resume());
    this.response.writeHead(status, headers);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.response.write(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    this.response.end();
  }

  onResponseError(): void {
    this.response.destroy();
  }
}

const server = createServer(pass);

answerCalls<PassThroughCalls>({
  start: async (url) => {
    const { origin, pathname } = new URL(`${url}/chat/completions`);
    upstream = { origin, path: pathname };
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  },
});
