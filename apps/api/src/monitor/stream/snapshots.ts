import { setImmediate as nextTurn } from 'node:timers/promises';
import { In, IsNull } from 'typeorm';
import type { Clock } from '../../clock.js';
import { Connection } from '../../connections/connection.entity.js';
import { ConnectionHealth } from '../../connections/health/connection-health.entity.js';
import type { Database } from '../../database/database.js';
import { countModels } from '../model-counts.js';
import { snapshotOf, type StatusEvent } from './status-event.js';

/** A snapshot serves everybody who asks within this time while no event passes: latencies in it age. */
const SHARED_MS = 1_000;
/** Connections that are read in one go. */
const AT_ONCE = 100;

/** All connections as they stand, made once for subscribers who come together. */
export class Snapshots {
  #kept: { readonly position: number; readonly at: number; readonly events: Promise<readonly StatusEvent[]> } | null =
    null;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** By kind, then priority, then name. It holds at least everything up to `position`. */
  all(position: number): Promise<readonly StatusEvent[]> {
    const now = this.clock.monotonic();
    const kept = this.#kept;
    if (kept !== null && kept.position === position && now - kept.at < SHARED_MS) return kept.events;
    const events = this.#make(new Date(this.clock.now()));
    const made = { position, at: now, events };
    this.#kept = made;
    events.catch(() => {
      if (this.#kept === made) this.#kept = null;
    });
    return events;
  }

  /** Looks connections up in one statement for all that ask in the same turn. */
  async connections(ids: readonly string[]): Promise<ReadonlyMap<string, Connection>> {
    const found = await this.database.read.findBy(Connection, { id: In([...ids]), removedAt: IsNull() });
    return new Map(found.map((connection) => [connection.id, connection]));
  }

  async #make(at: Date): Promise<readonly StatusEvent[]> {
    const { read } = this.database;
    const ordered = await read.find(Connection, {
      where: { removedAt: IsNull() },
      order: { kind: 'ASC', priority: 'ASC', name: 'ASC' },
      select: { id: true },
    });
    const counts = await countModels(read);
    const events: StatusEvent[] = [];
    // On SQLite a statement holds the thread, and rows become objects at once: a thousand in one go would be felt.
    for (let start = 0; start < ordered.length; start += AT_ONCE) {
      if (start > 0) await nextTurn();
      const ids = ordered.slice(start, start + AT_ONCE).map(({ id }) => id);
      const connections = await this.connections(ids);
      const healths = await read.findBy(ConnectionHealth, { connectionId: In(ids) });
      const healthOf = new Map(healths.map((health) => [health.connectionId, health]));
      for (const id of ids) {
        const [connection, health] = [connections.get(id), healthOf.get(id)];
        if (connection === undefined || health === undefined) continue;
        events.push(snapshotOf(connection, health, { at, modelCount: counts.get(id) ?? 0 }));
      }
    }
    return events;
  }
}
