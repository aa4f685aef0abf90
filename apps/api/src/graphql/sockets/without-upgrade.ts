import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

const UPGRADE_HEADERS = new Set(['connection', 'upgrade', 'http2-settings']);

/**
 * Answers a request as if it had not asked for another protocol, as RFC 9110, section 7.8 demands where a server does
 * not speak that protocol. Node hands over every such request once anybody listens for upgrades, and some clients
 * (Java's, by default) offer HTTP/2 with each request. The request goes back to the server under the same head without
 * the offer.
 */
export function serveWithoutUpgrade(server: Server, request: IncomingMessage, socket: Duplex, body: Buffer): void {
  const lines = [`${request.method ?? 'GET'} ${request.url ?? '/'} HTTP/${request.httpVersion}`];
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const [name = '', value = ''] = request.rawHeaders.slice(index, index + 2);
    if (!UPGRADE_HEADERS.has(name.toLowerCase())) lines.push(`${name}: ${value}`);
  }
  const kept = (request.headers.connection ?? '')
    .split(',')
    .filter((option) => /^\s*(close|keep-alive)\s*$/i.test(option));
  if (kept.length > 0) lines.push(`Connection: ${kept.join(',')}`);
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body]));
  server.emit('connection', socket);
}
