import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { answerCalls } from '../support/child.js';

/** A plain WebSocket server that sends one text to everybody. */
export interface BroadcastCalls {
  start(): Promise<string>;
  /** Gives when it began, as Date.now. */
  broadcast(text: string): number;
}

let server: WebSocketServer | null = null;

answerCalls<BroadcastCalls>({
  start: async () => {
    server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
    await once(server, 'listening');
    return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  },
  broadcast: (text) => {
    const startedAt = Date.now();
    for (const client of server?.clients ?? []) client.send(text);
    return startedAt;
  },
});
