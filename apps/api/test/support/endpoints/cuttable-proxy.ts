import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a server that a test can cut and mend. */
export interface CuttableProxy {
  readonly port: number;
  /** Breaks what is open and refuses the rest. */
  cut(): Promise<void>;
  /** Accepts connections and passes nothing on. */
  hold(): Promise<void>;
  /** What is sent vanishes from now on, on open connections for ever; new ones are accepted and hear nothing. */
  swallow(): void;
  /** New connections pass again; those whose bytes were swallowed stay as they are. */
  restore(): Promise<void>;
  mend(): Promise<void>;
  close(): Promise<void>;
}

/** Passes bytes between its own port and that one, on loopback. */
export async function startCuttableProxy(targetPort: number): Promise<CuttableProxy> {
  const sockets = new Set<Socket>();
  let isHolding = false;
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
  };
  const vanish = (socket: Socket): void => {
    socket.unpipe();
    // Taken and dropped: a socket that is not read would push back on its sender.
    socket
      .removeAllListeners('data')
      .on('data', () => undefined)
      .resume();
  };
  const server = createServer((client) => {
    keep(client);
    if (isHolding) return;
    const target = connect(targetPort, '127.0.0.1');
    keep(target);
    client.pipe(target).pipe(client);
    client.once('close', () => target.destroy());
    target.once('close', () => client.destroy());
  });
  const listen = async (port: number): Promise<void> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  const cut = async (): Promise<void> => {
    const closed = server.listening ? once(server, 'close') : Promise.resolve();
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const swallow = (): void => {
    isHolding = true;
    for (const socket of sockets) vanish(socket);
  };
  const restore = (): Promise<void> => {
    isHolding = false;
    return server.listening ? Promise.resolve() : listen(port);
  };
  const reopen = async (holding: boolean): Promise<void> => {
    await cut();
    isHolding = holding;
    await listen(port);
  };
  return { port, cut, hold: () => reopen(true), swallow, restore, mend: () => reopen(false), close: cut };
}
