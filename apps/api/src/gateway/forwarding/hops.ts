import type { IncomingHttpHeaders } from 'node:http';
import { HOP_HEADER } from '@intrallm/providers';
import { AppError } from '../../errors.js';

/** More gateways than anybody has in a row. */
const MOST_HOPS = 8;
/** Of an id, and of the connection behind it. */
const HOP = /^([\w-]{1,64})(?:\/([\w-]{1,64}))?$/;

/**
 * Which installations a request has passed: each adds its id, and the connection that it sends the request to. A
 * connection whose URL leads back to us would otherwise be asked for ever, with two sockets each time.
 */
export class Hops {
  /** `id`: the same for all processes of this installation, and no other's. */
  constructor(readonly id: string) {}

  /** Throws LOOP for a request that was here before, or has come round too far. */
  judge(headers: IncomingHttpHeaders): void {
    const passed = headers[HOP_HEADER];
    if (passed === undefined) return;
    const hops = String(passed).split(',', MOST_HOPS + 1);
    for (const hop of hops) {
      const [, id, connectionId] = HOP.exec(hop.trim()) ?? [];
      if (id === this.id) throw cameBack(connectionId);
    }
    if (hops.length > MOST_HOPS)
      throw new AppError('LOOP', `This request has passed more than ${String(MOST_HOPS)} gateways.`);
  }

  /** What a request to this connection says of its way. */
  to(connectionId: string): string {
    return `${this.id}/${connectionId}`;
  }
}

function cameBack(connectionId: string | undefined): AppError {
  const by = connectionId === undefined ? 'a connection of its own' : `its own connection ${connectionId}`;
  return new AppError(
    'LOOP',
    `This request came back to IntraLLM Connections through ${by}, whose URL leads here. Give that connection the URL of the model server itself.`,
  );
}
