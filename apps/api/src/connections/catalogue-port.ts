import type { Actor } from '../auth/actor.js';
import type { Reader } from '../database/database.js';
import type { Write } from '../database/write.js';
import type { Connection } from './connection.entity.js';

/** What connections need of the models behind them. The models folder implements it; app.ts passes it in. */
export interface ConnectionCatalogue {
  /** Models that are shown of the connection, without vanished ones. */
  count(manager: Pick<Reader, 'createQueryBuilder'>, connectionId: string): Promise<number>;
  /** Brings names, visibility and declared models in step with the connection's new configuration. */
  reconfigure(write: Write, connection: Connection): Promise<void>;
  /** The endpoint is another one now: nothing counts as available until it is discovered there. */
  move(write: Write, connection: Connection): Promise<void>;
  /** Tells readers of the catalogue that the connection's models came or went with it. */
  announce(write: Write, connection: Connection, change: 'SHOWN' | 'HIDDEN'): Promise<void>;
  /** The connection is gone for good: its models vanish and are forgotten in their time. */
  abandon(write: Write, connection: Connection): Promise<void>;
  /**
   * Which of these public names, as far as the actor sees them, are served already by a connection other than this one.
   */
  servedAmong(actor: Actor, names: readonly string[], exceptConnectionId: string | null): Promise<string[]>;
  /** The upstream ids whose public names the actor sees: behind that connection, or as they are where it is null. */
  seenAmong(actor: Actor, upstreamIds: readonly string[], connection: Connection | null): string[];
}
