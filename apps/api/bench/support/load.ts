import { connect, type Socket } from 'node:net';
import { answerCalls } from './child.js';

/** The same request again and again over kept connections. */
export interface Load {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly connections: number;
  readonly seconds: number;
  /** It ends after this many, too. */
  readonly atMost?: number;
  /** Requests come at this rate, and waiting for their turn counts; default: each as soon as the last is answered. */
  readonly perSecond?: number;
  /** Each connection is asked once before the measurement begins. */
  readonly warm?: boolean;
  /** Any other status, or a body of another size in bytes, fails the measurement: a fast error must not win. */
  readonly expect: { readonly status: number; readonly least: number; readonly most: number };
}

export interface Answered {
  readonly perSecond: number;
  readonly latenciesMs: readonly number[];
}

export interface LoadCalls {
  run(load: Load): Promise<Answered>;
  /**
   * Milliseconds to the first byte of the body of each stream, one stream after the other; each must end as it should.
   */
  firstBytes(load: Pick<Load, 'url' | 'headers' | 'seconds'> & { body: string; ends: string }): Promise<number[]>;
}

/**
 * Bare sockets: a client that does more would be what is measured. Answers have a content-length or come in HTTP
 * chunks.
 */
async function run(load: Load): Promise<Answered> {
  const request = requestOf(load);
  const latenciesMs: number[] = [];
  const ask = async (socket: Socket): Promise<void> => {
    socket.write(request);
    check(load, await answer(socket));
  };
  const sockets = Array.from({ length: load.connections }, () => open(load));
  if (load.warm === true) await Promise.all(sockets.map(ask));
  const startedAt = performance.now();
  const endsAt = startedAt + load.seconds * 1000;
  let taken = 0;
  let begun = 0;
  /** When the next request is due; null when the time is over. */
  const next = (): number | null => {
    const now = performance.now();
    const due = load.perSecond === undefined ? now : startedAt + (taken++ * 1000) / load.perSecond;
    return Math.max(due, now) >= endsAt || begun++ >= (load.atMost ?? Infinity) ? null : due;
  };
  const work = async (socket: Socket): Promise<void> => {
    try {
      for (let due = next(); due !== null; due = next()) {
        const early = due - performance.now();
        if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
        // Who is woken late by its own timer does not blame the server.
        const from = early > 0 ? performance.now() : due;
        await ask(socket);
        latenciesMs.push(performance.now() - from);
      }
    } finally {
      socket.destroy();
    }
  };
  await Promise.all(sockets.map(work));
  return { perSecond: (latenciesMs.length * 1000) / (performance.now() - startedAt), latenciesMs };
}

function open({ url }: Pick<Load, 'url'>): Socket {
  const { port, hostname } = new URL(url);
  return connect({ port: Number(port), host: hostname, noDelay: true });
}

function requestOf({ url, method, headers, body = '' }: Pick<Load, 'url' | 'method' | 'headers' | 'body'>): string {
  const { host, pathname } = new URL(url);
  const all = { host, 'content-length': String(Buffer.byteLength(body)), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${pathname} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}

const LAST_CHUNK = Buffer.from('\r\n0\r\n\r\n');

/** Status and size of one answer, read to its end; of chunks, with what frames them. */
function answer(socket: Socket): Promise<{ status: number; bytes: number }> {
  return new Promise((resolve, reject) => {
    let head: Buffer | null = Buffer.alloc(0);
    let status = 0;
    let bytes = 0;
    /** Null: it comes in chunks. */
    let length: number | null = null;
    let tail: Buffer = Buffer.alloc(0);
    const read = (chunk: Buffer): void => {
      let body = chunk;
      if (head !== null) {
        head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
        const end = head.indexOf('\r\n\r\n');
        if (end === -1) return;
        const text = head.toString('latin1', 0, end);
        status = Number(text.slice(9, 12));
        const stated = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
        length = stated === undefined ? null : Number(stated);
        body = head.subarray(end + 4);
        head = null;
      }
      bytes += body.length;
      if (length === null) tail = Buffer.concat([tail, body]).subarray(-LAST_CHUNK.length);
      if (length === null ? !tail.equals(LAST_CHUNK) : bytes < length) return;
      socket.off('data', read).off('close', fail).off('error', fail);
      resolve({ status, bytes });
    };
    const fail = (error: unknown): void => {
      reject(error instanceof Error ? error : new Error('the server closed the connection'));
    };
    socket.on('data', read).once('close', fail).once('error', fail);
  });
}

function check({ expect, url }: Load, { status, bytes }: { status: number; bytes: number }): void {
  if (status === expect.status && bytes >= expect.least && bytes <= expect.most) return;
  throw new Error(`${url} answered ${status} with ${bytes} bytes in place of ${expect.status} with ${expect.least}`);
}

const firstBytes: LoadCalls['firstBytes'] = async ({ ends, seconds, ...load }) => {
  const request = requestOf({ ...load, method: 'POST' });
  const socket = open(load);
  const endsAt = performance.now() + seconds * 1000;
  const times: number[] = [];
  try {
    while (performance.now() < endsAt) {
      const sentAt = performance.now();
      socket.write(request);
      times.push((await stream(socket, ends)) - sentAt);
    }
  } finally {
    socket.destroy();
  }
  return times;
};

/** When the first byte of a chunked body came, once all of it has. */
function stream(socket: Socket, ends: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = '';
    let firstAt = 0;
    const read = (chunk: Buffer): void => {
      text += chunk.toString('latin1');
      const head = text.indexOf('\r\n\r\n');
      if (firstAt === 0 && head !== -1 && text.length > head + 4) firstAt = performance.now();
      if (!text.endsWith('\r\n0\r\n\r\n')) return;
      socket.off('data', read).off('close', fail).off('error', fail);
      if (text.startsWith('HTTP/1.1 200') && text.includes(ends)) resolve(firstAt);
      else reject(new Error(`a stream ended as ${text.slice(-200)}`));
    };
    const fail = (error: unknown): void => {
      reject(error instanceof Error ? error : new Error('the server closed the connection'));
    };
    socket.on('data', read).once('close', fail).once('error', fail);
  });
}

answerCalls<LoadCalls>({ run, firstBytes });
