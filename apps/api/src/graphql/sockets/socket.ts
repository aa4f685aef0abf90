import type { Context as SocketContext } from 'graphql-ws';
import type { Extra } from 'graphql-ws/use/ws';
import type { WebSocket } from 'ws';
import type { Actor } from '../../auth/actor.js';

/** Close codes of docs/status-stream.md. */
export const CLOSE = { RESTART: 1012, TOO_SLOW: 1013, INVALID: 4401, REVOKED: 4403 } as const;

/** A reader with more than this unread is told to come again. */
const MAX_UNREAD_BYTES = 8 * 1024 * 1024;

/** Parameters that a client sends with its first message. */
export interface ConnectionParams extends Record<string, unknown> {
  authorization?: unknown;
}

/** A socket whose client has shown a valid credential. */
interface Opened {
  readonly actor: Actor;
  readonly requestId: string;
  /** Stops waiting for the end of the credential. */
  readonly stopListening: () => void;
}

export interface SocketExtra extends Record<PropertyKey, unknown> {
  opened?: Opened;
}

export type Socket = SocketContext<ConnectionParams, Extra & SocketExtra>;

export const lagsBehind = (wire: WebSocket): boolean => wire.bufferedAmount > MAX_UNREAD_BYTES;

export function closeTooSlow(wire: WebSocket): void {
  wire.close(CLOSE.TOO_SLOW, 'This subscriber reads too slowly. Come again with the last cursor.');
}
