import { In, IsNull, MoreThan } from 'typeorm';
import { Slices, type DiscoveredModel } from '@intrallm/providers';
import type { Actor } from '../../auth/actor.js';
import type { ConnectionCatalogue } from '../../connections/catalogue-port.js';
import { Connection } from '../../connections/connection.entity.js';
import { before } from '../../database/columns.js';
import type { Database, Reader } from '../../database/database.js';
import type { Write } from '../../database/write.js';
import type { Versions } from '../../events/versions.js';
import { inChunks } from '../../lib/chunks.js';
import { Audience } from '../audience.js';
import { Model } from '../model.entity.js';
import { catalogueChanged, MAX_IDS } from './catalogue-event.js';
import { compareConfiguration, discoverySteps, type CatalogueDifference } from './discovery.js';
import { KnownLists } from './known-lists.js';
import { createNamer } from './public-name.js';

/**
 * How long a vanished model is kept, so that it finds its id and its settings again; of one connection no more than
 * `MOST_VANISHED`.
 */
export const VANISHED_KEPT_MS = 30 * 86_400_000;
/** Rows of one statement: SQLite allows a limited number of variables. */
/** Rows that are written, and read, within one turn of the event loop: a few milliseconds' worth. */
const ROWS_AT_ONCE = 50;
const READ_AT_ONCE = 200;

interface Options {
  readonly database: Database;
  readonly versions: Versions;
  /** Vanished models of one connection that are kept. */
  readonly mostVanished?: number;
}

/** What a discovery changed, by what readers of the catalogue see. */
export interface AppliedDiscovery {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly vanished: readonly string[];
  /** Models in sight afterwards. */
  readonly modelCount: number;
}

/** Keeps the stored models in step with what endpoints list and what administrators configure. */
export class CatalogueService implements ConnectionCatalogue {
  /** One for all of it: many small discoveries in one write are long work as well. */
  readonly #slices = new Slices();
  readonly #known = new KnownLists();

  constructor(private readonly options: Options) {}

  /**
   * Applies what was read from the connection's endpoint. `connection` is as read in this write. `isPart`: a model that
   * is missing in the list stays as it is. Writes and announces nothing where nothing changed.
   */
  async applyDiscovery(
    write: Write,
    connection: Connection,
    models: readonly DiscoveredModel[],
    isPart = false,
  ): Promise<AppliedDiscovery> {
    const known = await this.#known.recall({ connection, models, isPart, now: write.now }, this.#slices);
    if (known.outcome !== null) return known.outcome;
    const stored = await this.#stored(write, connection.id);
    const found = await this.#slices.run(
      discoverySteps(stored, connection, { models, isPart }, write.now, this.options.mostVanished),
    );
    await this.#store(write, connection.id, found);
    if (found.seenAgainAt !== null) await this.#touch(write, connection.id, found.seenAgainAt);
    const { added, changed, vanished, modelCount } = found;
    write.afterCommit(() => this.#known.remember(connection.id, known.key, modelCount));
    return { added, changed, vanished, modelCount };
  }

  /** Forgets models that vanished 30 days ago; gives how many. */
  async forgetVanished(now: Date): Promise<number> {
    const forgotten = new Date(now.getTime() - VANISHED_KEPT_MS);
    return this.options.database.write(async (write) => {
      const result = await write.manager.delete(Model, { vanishedAt: before(forgotten) });
      const count = result.affected ?? 0;
      if (count > 0) write.afterCommit(() => this.options.versions.raiseCatalogue());
      return count;
    });
  }

  async count(manager: Pick<Reader, 'createQueryBuilder'>, connectionId: string): Promise<number> {
    return manager
      .createQueryBuilder(Model, 'm')
      .where('m.connectionId = :connectionId AND m.listed AND m.vanishedAt IS NULL', { connectionId })
      .getCount();
  }

  async reconfigure(write: Write, connection: Connection): Promise<void> {
    const stored = await this.#stored(write, connection.id);
    await this.#store(write, connection.id, compareConfiguration(stored, connection, write.now));
  }

  async move(write: Write, connection: Connection): Promise<void> {
    await write.manager.update(Model, { connectionId: connection.id, declared: false }, { confirmed: false });
    this.#raiseVersion(write);
  }

  async announce(write: Write, connection: Connection, change: 'SHOWN' | 'HIDDEN'): Promise<void> {
    const models = await write.manager.find(Model, {
      where: { connectionId: connection.id, listed: true, vanishedAt: IsNull() },
      select: { id: true },
      take: MAX_IDS + 1,
    });
    const ids = models.map((model) => model.id);
    const event = catalogueChanged(connection.id, change === 'SHOWN' ? { added: ids } : { vanished: ids });
    if (event !== null) write.event(event);
    this.#raiseVersion(write);
  }

  async abandon(write: Write, connection: Connection): Promise<void> {
    const gone = { vanishedAt: write.now, confirmed: false };
    await write.manager.update(Model, { connectionId: connection.id, vanishedAt: IsNull() }, gone);
  }

  seenAmong(actor: Actor, upstreamIds: readonly string[], connection: Connection | null): string[] {
    const audience = Audience.of(actor);
    const namer = connection === null ? null : createNamer(connection);
    return upstreamIds.filter((id) => audience.allows(namer?.nameOf(id) ?? id));
  }

  async servedAmong(actor: Actor, among: readonly string[], exceptConnectionId: string | null): Promise<string[]> {
    const audience = Audience.of(actor);
    const names = [...new Set(among)].filter((name) => audience.allows(name));
    const served = new Set<string>();
    for (const some of inChunks(names)) {
      const rows: { name: string }[] = await this.options.database.read
        .createQueryBuilder(Model, 'm')
        .innerJoin(Connection, 'c', 'c.id = m.connectionId')
        .select('DISTINCT m.name', 'name')
        .where('m.name IN (:...names)', { names: some })
        .andWhere('m.listed AND m.vanishedAt IS NULL AND c.enabled AND c.removedAt IS NULL')
        .andWhere('c.id <> :except', { except: exceptConnectionId ?? '' })
        .getRawMany();
      for (const { name } of rows) served.add(name);
    }
    return names.filter((name) => served.has(name));
  }

  async #store(write: Write, connectionId: string, found: CatalogueDifference): Promise<void> {
    if (found.rows.length === 0 && found.forgotten.length === 0) return;
    for (let start = 0; start < found.rows.length; start += ROWS_AT_ONCE) {
      if (this.#slices.isOver) await this.#slices.pause();
      await write.manager.upsert(Model, found.rows.slice(start, start + ROWS_AT_ONCE), ['id']);
    }
    for (let start = 0; start < found.forgotten.length; start += READ_AT_ONCE) {
      if (this.#slices.isOver) await this.#slices.pause();
      await write.manager.delete(Model, { id: In(found.forgotten.slice(start, start + READ_AT_ONCE)) });
    }
    const event = catalogueChanged(connectionId, found);
    if (event !== null) write.event(event);
    this.#raiseVersion(write);
  }

  /**
   * All of a connection, also those that vanished: some at a time, because the database answers within one turn of the
   * loop.
   */
  async #stored(write: Write, connectionId: string): Promise<Model[]> {
    const all: Model[] = [];
    for (;;) {
      if (this.#slices.isOver) await this.#slices.pause();
      const last = all.at(-1)?.upstreamId;
      const some = await write.manager.find(Model, {
        where: { connectionId, ...(last === undefined ? {} : { upstreamId: MoreThan(last) }) },
        order: { upstreamId: 'ASC' },
        take: READ_AT_ONCE,
      });
      all.push(...some);
      if (some.length < READ_AT_ONCE) return all;
    }
  }

  /** A list read again tells the hour, and nothing else: no version moves for it. */
  async #touch(write: Write, connectionId: string, hour: Date): Promise<void> {
    const stale = { connectionId, vanishedAt: IsNull(), lastSeenAt: before(hour) };
    await write.manager.update(Model, stale, { lastSeenAt: hour });
  }

  #raiseVersion(write: Write): void {
    write.afterCommit(() => this.options.versions.raiseCatalogue());
  }
}
