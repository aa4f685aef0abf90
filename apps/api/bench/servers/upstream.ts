import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerCalls } from '../support/child.js';

/** An endpoint that answers at once and costs next to nothing. */
export interface UpstreamCalls {
  start(): Promise<string>;
}

const MODEL = 'bench-model';
const models = JSON.stringify({
  object: 'list',
  data: [{ id: MODEL, object: 'model', created: 1, owned_by: 'bench' }],
});
const completion = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: MODEL,
  choices: [{ index: 0, message: { role: 'assistant', content: 'word '.repeat(100) }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 400, completion_tokens: 100, total_tokens: 500 },
});
const chunk = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1,
  model: MODEL,
  choices: [{ index: 0, delta: { content: 'word ' }, finish_reason: null }],
});

const server = createServer((request, response) => {
  const received: Buffer[] = [];
  request.on('data', (part: Buffer) => void received.push(part));
  request.on('end', () => {
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': models.length }).end(models);
    } else if (Buffer.concat(received).includes('"stream":true')) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`data: ${chunk}\n\n`);
      setImmediate(() => response.end(`data: ${chunk}\n\n`.repeat(20) + 'data: [DONE]\n\n'));
    } else {
      const headers = { 'content-type': 'application/json', 'content-length': completion.length };
      response.writeHead(200, headers).end(completion);
    }
  });
});

answerCalls<UpstreamCalls>({
  start: async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  },
});
