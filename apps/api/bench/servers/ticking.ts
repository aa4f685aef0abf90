import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerCalls } from '../support/child.js';

/** An endpoint whose streams have a frame every so often, each with the time it was sent at. */
export interface TickingCalls {
  start(stream: { readonly frames: number; readonly everyMs: number }): Promise<string>;
}

const MODEL = 'bench-model';
const models = JSON.stringify({ object: 'list', data: [{ id: MODEL, object: 'model' }] });

answerCalls<TickingCalls>({
  start: async ({ frames, everyMs }) => {
    const server = createServer((request, response) => {
      request.resume();
      if (request.method === 'GET') {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': models.length }).end(models);
        return;
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      let sent = 0;
      const timer = setInterval(() => {
        // Of all processes of the machine alike, unlike `performance.now()`.
        const at = performance.timeOrigin + performance.now();
        const content = JSON.stringify({ choices: [{ delta: { content: 'word ' }, finish_reason: null }], at });
        response.write(`data: ${content}\n\n`);
        sent += 1;
        if (sent < frames) return;
        clearInterval(timer);
        response.end('data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n');
      }, everyMs);
      response.once('close', () => clearInterval(timer));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  },
});
