import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { answerCalls } from '../support/child.js';

/**
 * An endpoint on a bare socket that answers with constant bytes. It takes as little of the machine as a process of Node
 * can, so that a server between it and a client is busy all the time: that is when its own cost for a request shows.
 */
export interface CheapEndpointCalls {
  start(): Promise<string>;
}

const MODEL = 'bench-model';
const CHUNK = `data: ${JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1,
  model: MODEL,
  choices: [{ index: 0, delta: { content: 'word ' }, finish_reason: null }],
})}\n\n`;

const models = whole({ object: 'list', data: [{ id: MODEL, object: 'model', created: 1, owned_by: 'bench' }] });
const completion = whole({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: MODEL,
  choices: [{ index: 0, message: { role: 'assistant', content: 'word '.repeat(100) }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 400, completion_tokens: 100, total_tokens: 500 },
});
const stream = Buffer.concat([
  Buffer.from('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n'),
  httpChunk(CHUNK),
  httpChunk(`${CHUNK.repeat(20)}data: [DONE]\n\n`),
  httpChunk(''),
]);

function whole(body: object): Buffer {
  const text = JSON.stringify(body);
  return Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${String(text.length)}\r\n\r\n${text}`,
  );
}

function httpChunk(text: string): Buffer {
  return Buffer.from(`${text.length.toString(16)}\r\n${text}\r\n`);
}

/** Answers each request of a connection once all of it is there. */
function serve(socket: Socket): void {
  let received: Buffer = Buffer.alloc(0);
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    for (let end = endOfRequest(received); end !== null; end = endOfRequest(received)) {
      socket.write(answerTo(received.subarray(0, end)));
      received = received.subarray(end);
    }
  });
}

/** The length of the first request; null: more of it is to come. */
function endOfRequest(received: Buffer): number | null {
  const head = received.indexOf('\r\n\r\n');
  if (head === -1) return null;
  const length = /\r\ncontent-length: *(\d+)/i.exec(received.toString('latin1', 0, head))?.[1] ?? '0';
  const end = head + 4 + Number(length);
  return received.length < end ? null : end;
}

function answerTo(request: Buffer): Buffer {
  if (request.subarray(0, 4).equals(Buffer.from('GET '))) return models;
  return request.includes('"stream":true') ? stream : completion;
}

const server = createServer(serve);

answerCalls<CheapEndpointCalls>({
  start: async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/v1`;
  },
});
