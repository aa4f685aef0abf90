import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ByteStep, HeaderList, Reply } from '../reply.js';
import type { Exchange } from './exchange.js';

/** How fast, and how far, answers are sent. */
export interface Pacing {
  /** Between the head and the first byte of the body. */
  readonly firstByteMs: number;
  /** Before every further chunk. */
  readonly chunkMs: number;
  readonly cut: { readonly afterChunks: number; readonly how: 'reset' | 'clean-end' } | null;
}

/** An answer whose sending somebody follows. */
export interface LiveReply extends Reply {
  /** Before every further chunk, at least. */
  readonly chunkMs?: number;
  /** Told after each chunk. */
  readonly onChunk?: (index: number) => void;
}

/** Sends an answer and returns when it is handed to the socket. Rejects when the client leaves meanwhile. */
export async function sendReply(exchange: Exchange, reply: LiveReply, pacing: Pacing): Promise<void> {
  if (reply.bytes !== undefined) return runByteSteps(exchange, reply.bytes);
  if (reply.chunks !== undefined) return sendChunks(exchange, reply, split(reply.chunks, reply.bytesPerChunk), pacing);
  const body = reply.json === undefined ? (reply.text ?? '') : JSON.stringify(reply.json);
  const headers: HeaderList = [
    ...(reply.json === undefined ? [] : ([['Content-Type', 'application/json']] as const)),
    ['Content-Length', String(Buffer.byteLength(body))],
  ];
  writeHead(exchange, reply, headers);
  if (pacing.firstByteMs > 0 && body !== '') {
    exchange.response.flushHeaders();
    await exchange.wait(pacing.firstByteMs);
  }
  exchange.response.end(body);
}

/** Headers keep the order and case they are given in; a reply's own replace the defaults of the same name. */
function writeHead(exchange: Exchange, reply: Reply, defaults: HeaderList): void {
  const own = reply.headers ?? [];
  const names = new Set(own.map(([name]) => name.toLowerCase()));
  const headers = [...own, ...defaults.filter(([name]) => !names.has(name.toLowerCase()))];
  exchange.response.sendDate = false;
  exchange.response.writeHead(reply.status ?? 200, headers.flat());
}

async function sendChunks(
  exchange: Exchange,
  reply: LiveReply,
  chunks: readonly (string | Buffer)[],
  { firstByteMs, chunkMs, cut }: Pacing,
): Promise<void> {
  const { response } = exchange;
  writeHead(exchange, reply, [['Transfer-Encoding', 'chunked']]);
  if (firstByteMs > 0) {
    response.flushHeaders();
    await exchange.wait(firstByteMs);
  }
  for (const [index, chunk] of chunks.entries()) {
    if (cut !== null && index >= cut.afterChunks) break;
    if (index > 0) await exchange.wait(Math.max(chunkMs, reply.chunkMs ?? 0));
    if (!response.write(chunk)) await once(response, 'drain', { signal: exchange.over });
    // One turn each, so that chunks leave the process one by one.
    await nextTurn(undefined, { signal: exchange.over });
    reply.onChunk?.(index);
  }
  const end = cut !== null && cut.afterChunks < chunks.length ? cut.how : (reply.end ?? 'clean');
  if (end === 'hold') return exchange.hold();
  if (end === 'reset') exchange.cut('reset');
  else response.end();
}

function split(chunks: readonly string[], bytesPerChunk: number | undefined): readonly (string | Buffer)[] {
  if (bytesPerChunk === undefined) return chunks;
  const bytes = Buffer.from(chunks.join(''));
  const count = Math.ceil(bytes.length / bytesPerChunk);
  return Array.from({ length: count }, (_, index) =>
    bytes.subarray(index * bytesPerChunk, (index + 1) * bytesPerChunk),
  );
}

async function runByteSteps(exchange: Exchange, steps: readonly ByteStep[]): Promise<void> {
  for (const step of steps) {
    if ('send' in step) await writeRaw(exchange, Buffer.from(step.send));
    else if ('sendBase64' in step) await writeRaw(exchange, Buffer.from(step.sendBase64, 'base64'));
    else if ('repeat' in step) await writeRepeated(exchange, step.repeat, step.times);
    else if ('drip' in step) await drip(exchange, Buffer.from(step.drip), step.everyMs);
    else if ('waitMs' in step) await exchange.wait(step.waitMs);
    else if ('hold' in step) return exchange.hold();
    else exchange.cut(step.cut);
  }
  exchange.cut('end');
}

async function writeRaw({ socket, over }: Exchange, bytes: Buffer): Promise<void> {
  if (!socket.write(bytes)) await once(socket, 'drain', { signal: over });
}

/** In blocks of some 64 KB: a body of gigabytes costs no memory. */
async function writeRepeated(exchange: Exchange, text: string, times: number): Promise<void> {
  const perBlock = Math.max(1, Math.floor(65_536 / text.length));
  const block = Buffer.from(text.repeat(perBlock));
  for (let left = times; left > 0; left -= perBlock) {
    await writeRaw(exchange, left >= perBlock ? block : Buffer.from(text.repeat(left)));
  }
}

async function drip(exchange: Exchange, bytes: Buffer, everyMs: number): Promise<void> {
  for (let at = 0; at < bytes.length; at += 1) {
    await writeRaw(exchange, bytes.subarray(at, at + 1));
    await exchange.wait(everyMs);
    if (everyMs === 0) await nextTurn(undefined, { signal: exchange.over });
  }
}
