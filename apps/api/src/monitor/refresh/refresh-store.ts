import { Equal, In, IsNull, Not } from 'typeorm';
import { Connection } from '../../connections/connection.entity.js';
import { ConnectionHealth } from '../../connections/health/connection-health.entity.js';
import type { Database } from '../../database/database.js';
import { inChunks } from '../../lib/chunks.js';
import { Refresh } from './refresh.entity.js';

/** Whoever runs a refresh renews its hold three times in this time; after it, others may take the refresh over. */
export const HELD_MS = 15_000;
const MAX_KEPT = 100;
const KEPT_MS = 3_600_000;

/** What is left of a refresh that another run began. */
export interface LeftOver {
  readonly pending: readonly string[];
  readonly done: number;
  readonly failed: number;
}

/** The rows of refreshes. They are no part of the audit log: a refresh changes nothing that somebody decides. */
export class RefreshStore {
  /** The holds of others as they were first seen, and when, on the monotonic clock. */
  readonly #seen = new Map<string, { readonly heldUntil: number; readonly at: number }>();

  constructor(
    private readonly database: Database,
    private readonly monotonic: () => number = () => performance.now(),
  ) {}

  find(id: string): Promise<Refresh | null> {
    return this.database.read.findOneBy(Refresh, { id });
  }

  /** Stores a new one, and forgets what ended over an hour ago or long before the last hundred. */
  async add(refresh: Refresh): Promise<void> {
    await this.database.write(async ({ manager }) => {
      await manager.insert(Refresh, { ...refresh });
      const ended = await manager.find(Refresh, {
        where: { finishedAt: Not(IsNull()) },
        select: { id: true, startedAt: true, finishedAt: true },
        order: { startedAt: 'DESC' },
      });
      const before = refresh.startedAt.getTime() - KEPT_MS;
      const isOld = ({ finishedAt }: Refresh, index: number) => index >= MAX_KEPT || Number(finishedAt) < before;
      const old = ended.filter(isOld).map(({ id }) => id);
      for (const ids of inChunks(old)) await manager.delete(Refresh, { id: In(ids) });
    });
  }

  /** Writes down how it stands. Gives whether somebody cancelled it, in whichever process. */
  async keep(id: string, changes: Partial<Omit<Refresh, 'id'>>): Promise<boolean> {
    return this.database.write(async ({ manager }) => {
      await manager.update(Refresh, { id }, changes);
      return manager.existsBy(Refresh, { id, cancelled: true });
    });
  }

  /** Takes over what nobody runs any more, or with `all` everything that has not ended; each goes to one taker only. */
  async takeOver(now: Date, options: { all: boolean; except: ReadonlySet<string> }): Promise<Refresh[]> {
    const found = await this.database.read.find(Refresh, {
      where: { finishedAt: IsNull() },
      order: { startedAt: 'ASC', id: 'ASC' },
    });
    const others = found.filter(({ id }) => !options.except.has(id));
    const abandoned = this.#notRenewed(others);
    const candidates = others.filter((one) => options.all || one.heldUntil < now || abandoned.has(one.id));
    if (candidates.length === 0) return [];
    return this.database.write(async ({ manager }) => {
      const taken: Refresh[] = [];
      for (const refresh of candidates) {
        const heldUntil = new Date(now.getTime() + HELD_MS);
        // As it was seen: another taker, or its holder, may have been faster.
        const asSeen = options.all ? {} : { heldUntil: Equal(refresh.heldUntil) };
        const { affected } = await manager.update(
          Refresh,
          { id: refresh.id, finishedAt: IsNull(), ...asSeen },
          { heldUntil },
        );
        if (affected === 1) taken.push({ ...refresh, heldUntil });
      }
      return taken;
    });
  }

  /**
   * Whose hold nobody has renewed for its whole time, whatever its date says: the clock of its holder may have been
   * set.
   */
  #notRenewed(others: readonly Refresh[]): ReadonlySet<string> {
    const at = this.monotonic();
    const abandoned = new Set<string>();
    const ids = new Set(others.map(({ id }) => id));
    for (const id of this.#seen.keys()) if (!ids.has(id)) this.#seen.delete(id);
    for (const { id, heldUntil } of others) {
      const seen = this.#seen.get(id);
      if (seen?.heldUntil !== heldUntil.getTime()) this.#seen.set(id, { heldUntil: heldUntil.getTime(), at });
      else if (at - seen.at > HELD_MS) abandoned.add(id);
    }
    return abandoned;
  }

  /** What the health of the connections tells of it: those that were checked since it began are done. */
  async leftOver({ connectionIds, startedAt }: Refresh): Promise<LeftOver> {
    const pending: string[] = [];
    let failed = 0;
    for (const ids of inChunks(connectionIds)) {
      const { read } = this.database;
      const enabled = await read.findBy(Connection, { id: In(ids), enabled: true, removedAt: IsNull() });
      const healths = await read.findBy(ConnectionHealth, { connectionId: In(enabled.map(({ id }) => id)) });
      const byId = new Map(healths.map((health) => [health.connectionId, health]));
      for (const { id } of enabled) {
        const health = byId.get(id);
        if (health?.checkedAt == null || health.checkedAt < startedAt) pending.push(id);
        else if (health.failures > 0 || health.status === 'UNAUTHORIZED' || health.status === 'OFFLINE') failed += 1;
      }
    }
    return { pending, done: connectionIds.length - pending.length, failed };
  }
}
