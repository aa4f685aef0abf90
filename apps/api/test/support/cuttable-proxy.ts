import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a server that a test can cut and mend. */
export interface CuttableProxy {
  readonly port: number;
  /** Breaks what is open and refuses the rest. */
  cut(): Promise<void>;
  /** Accepts connections and passes nothing on. */
  hold(): Promise<void>;
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
  const reopen = async (holding: boolean): Promise<void> => {
    await cut();
    isHolding = holding;
    await listen(port);
  };
  return { port, cut, hold: () => reopen(true), mend: () => reopen(false), close: cut };
}
