import { once } from 'node:events';
import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

/** A reverse proxy that serves the product below a path of its own, as an organisation's does. */
export interface PathProxy {
  /** The address that browsers see, with the path. */
  readonly url: string;
  /** The paths that were asked for beside the product's: there should be none. */
  readonly strays: readonly string[];
  /** Where the product listens, once that is known. */
  lead(target: string): void;
  close(): Promise<void>;
}

/** `strips`: whether it takes the path off before it sends a request on. */
export async function startPathProxy(path: string, { strips }: { strips: boolean }): Promise<PathProxy> {
  let target = '';
  const strays: string[] = [];
  const sockets = new Set<Duplex>();
  const ask = (message: IncomingMessage) => {
    const url = message.url ?? '';
    if (url !== path && !url.startsWith(`${path}/`) && !url.startsWith(`${path}?`)) {
      strays.push(url);
      return null;
    }
    const sent = strips ? url.slice(path.length).replace(/^(?!\/)/, '/') : url;
    const { hostname, port } = new URL(target);
    return request({ hostname, port, path: sent, method: message.method, headers: message.headers, agent: false });
  };
  const server = createServer((message, answer) => {
    const forwarded = ask(message);
    if (forwarded === null) {
      answer.writeHead(404).end();
      return;
    }
    forwarded.on('response', (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    forwarded.on('error', () => answer.destroy());
    message.pipe(forwarded);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (message, client: Duplex) => {
    client.on('error', () => client.destroy());
    const forwarded = ask(message);
    if (forwarded === null) {
      client.destroy();
      return;
    }
    forwarded.on('error', () => client.destroy());
    forwarded.on('upgrade', (response, upstream) => {
      upstream.on('error', () => upstream.destroy());
      const head = Object.entries(response.headers).map(([name, value]) => `${name}: ${String(value)}\r\n`);
      client.write(`HTTP/1.1 101 Switching Protocols\r\n${head.join('')}\r\n`);
      client.pipe(upstream).pipe(client);
    });
    forwarded.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}${path}`,
    strays,
    lead: (address) => {
      target = address;
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
