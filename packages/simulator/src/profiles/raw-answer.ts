import { STATUS_CODES } from 'node:http';
import type { ByteStep, HeaderList } from '../reply.js';

/** The head of an answer, for byte steps: exactly these headers. */
export function head(status: number, headers: HeaderList): ByteStep {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return { send: `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\n${lines}\r\n` };
}

/** One chunk as RFC 9112, section 7.1, frames it. */
export function chunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}
