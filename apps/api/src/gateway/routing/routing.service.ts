import { In, IsNull } from 'typeorm';
import { Slices } from '@intrallm/providers';
import { Connection } from '../../connections/connection.entity.js';
import { ConnectionHealth } from '../../connections/health/connection-health.entity.js';
import type { Database } from '../../database/database.js';
import type { StoredEvent } from '../../events/event-payloads.js';
import type { EventTail } from '../../events/event-tail.js';
import { inChunks } from '../../lib/chunks.js';
import type { Logger } from '../../log/logger.js';
import { Model } from '../../models/model.entity.js';
import { ModelsInMemory } from '../../models/models-in-memory.js';
import { Secret } from '../../secrets/secret.entity.js';
import { RoutingTable, type RoutedModel } from './routing-table.js';

/** After a failed look: how long until the next try. */
const RETRY_MS = 1_000;
/** Connections of one look: SQLite allows a limited number of variables. */
const CHUNK = 500;
/** Models that are read within one turn of the event loop, and connections whose models are counted. */
const MODELS_AT_ONCE = 1_000;
const COUNTED_AT_ONCE = 100;

/** The events after which a connection or its models are looked at again. */
const ROUTING_EVENTS = ['connection.changed', 'connection.removed', 'catalogue.changed'] as const;

/** Who keeps something of each connection by itself. */
export interface RoutingFollower {
  /** It was added, edited or switched on: or something else of it changed. */
  follow?(connection: Connection): void;
  /** It was switched off or removed: no new request goes to it. */
  forget?(connectionId: string): void;
  /** It was removed, and may come back only by being restored. */
  remove?(connectionId: string): void;
}

interface Options {
  readonly database: Database;
  readonly tail: Pick<EventTail, 'on'>;
  readonly logger: Logger;
  /** Default: nothing is known to be in memory. */
  readonly inMemory?: ModelsInMemory;
  readonly followers?: readonly RoutingFollower[];
}

/** Keeps the routing table in memory and follows every committed change that announces itself. */
export class RoutingService {
  readonly table = new RoutingTable();
  readonly inMemory: ModelsInMemory;
  /** Connections to look at again, and whether at their models as well. */
  readonly #changed = new Map<string, boolean>();
  #stopListening: (() => void) | null = null;
  #following: Promise<void> | null = null;
  #retry: NodeJS.Timeout | null = null;
  readonly #slices = new Slices();

  readonly #followers: readonly RoutingFollower[];

  constructor(private readonly options: Options) {
    this.#followers = options.followers ?? [];
    this.inMemory = options.inMemory ?? new ModelsInMemory();
  }

  /** The tail must have started. */
  async start(): Promise<void> {
    this.#stopListening = this.options.tail.on(ROUTING_EVENTS, (events) => {
      this.#hear(events);
    });
    const { read } = this.options.database;
    const all = await read.find(Connection, { where: { enabled: true, removedAt: IsNull() }, select: { id: true } });
    await this.#look(new Map(all.map(({ id }) => [id, true])));
  }

  async stop(): Promise<void> {
    this.#stopListening?.();
    this.#stopListening = null;
    if (this.#retry !== null) clearTimeout(this.#retry);
    await this.#following;
  }

  #hear(events: readonly StoredEvent<(typeof ROUTING_EVENTS)[number]>[]): void {
    for (const { type, payload } of events) {
      const { connectionId } = payload;
      if (type === 'connection.removed') for (const follower of this.#followers) follower.remove?.(connectionId);
      // What a check shows of a connection says nothing of its models: those are announced by themselves.
      const isStatusOnly = type === 'connection.changed' && payload.cause === 'OBSERVED';
      this.#changed.set(connectionId, !isStatusOnly || this.#changed.get(connectionId) === true);
    }
    this.#followSoon();
  }

  #followSoon(): void {
    if (this.#changed.size > 0 && this.#stopListening !== null) this.#following ??= this.#follow();
  }

  async #follow(): Promise<void> {
    while (this.#changed.size > 0 && this.#stopListening !== null) {
      const some = new Map([...this.#changed].slice(0, CHUNK));
      for (const id of some.keys()) this.#changed.delete(id);
      try {
        await this.#look(some);
      } catch (error) {
        this.options.logger.warn({ err: error }, 'what changed could not be read; the routing table stays as it was');
        for (const [id, withModels] of some) this.#changed.set(id, withModels || this.#changed.get(id) === true);
        this.#retry = setTimeout(() => {
          this.#followSoon();
        }, RETRY_MS).unref();
        break;
      }
    }
    this.#following = null;
  }

  async #look(wanted: ReadonlyMap<string, boolean>): Promise<void> {
    const { read } = this.options.database;
    for (const ids of inChunks([...wanted.keys()])) {
      const connections = await read.findBy(Connection, { id: In(ids), enabled: true, removedAt: IsNull() });
      const healths = await read.find(ConnectionHealth, {
        select: { connectionId: true, status: true },
        where: { connectionId: In(ids) },
      });
      const secrets = byConnection(await read.findBy(Secret, { connectionId: In(ids) }));
      const models = byConnection(await this.#models(ids.filter((id) => wanted.get(id) === true)));
      const connectionById = new Map(connections.map((connection) => [connection.id, connection]));
      const statusById = new Map(healths.map(({ connectionId, status }) => [connectionId, status]));
      for (const id of ids) {
        if (this.#slices.isOver) await this.#slices.pause();
        const connection = connectionById.get(id);
        if (connection === undefined) {
          this.table.remove(id);
          for (const follower of this.#followers) follower.forget?.(id);
        } else {
          const server = { connection, status: statusById.get(id) ?? 'UNKNOWN', secrets: secrets.get(id) ?? [] };
          this.table.put(server, wanted.get(id) === true ? (models.get(id) ?? []) : null);
          for (const follower of this.#followers) follower.follow?.(connection);
        }
      }
    }
  }

  /** As plain rows: entities of tens of thousands of models would cost more than everything else of a start. */
  async #models(connectionIds: readonly string[]): Promise<RoutedModel[]> {
    const all: RoutedModel[] = [];
    for (const ids of await this.#groups(connectionIds)) {
      for (let after = ''; ;) {
        if (this.#slices.isOver) await this.#slices.pause();
        const some = await this.#someModels(ids, after);
        for (const row of some) all.push(row);
        const last = some.at(-1);
        // Only a connection by itself may have more than that.
        if (last === undefined || some.length < MODELS_AT_ONCE || ids.length > 1) break;
        after = last.upstreamId;
      }
    }
    return all;
  }

  /**
   * Connections whose models are read at a time: together no more than can be read at once, or one that has more by
   * itself.
   */
  async #groups(connectionIds: readonly string[]): Promise<string[][]> {
    const groups: string[][] = [];
    let room = 0;
    for (let start = 0; start < connectionIds.length; start += COUNTED_AT_ONCE) {
      if (this.#slices.isOver) await this.#slices.pause();
      const ids = connectionIds.slice(start, start + COUNTED_AT_ONCE);
      const counts: { id: string; count: string | number }[] = await this.options.database.read
        .createQueryBuilder(Model, 'm')
        .select('m.connectionId', 'id')
        .addSelect('COUNT(*)', 'count')
        .where('m.connectionId IN (:...ids)', { ids })
        .groupBy('m.connectionId')
        .getRawMany();
      for (const { id, count } of counts) {
        const group = groups.at(-1);
        if (group !== undefined && Number(count) <= room) group.push(id);
        else {
          groups.push([id]);
          room = MODELS_AT_ONCE;
        }
        room -= Number(count);
      }
    }
    return groups;
  }

  async #someModels(connectionIds: readonly string[], after: string): Promise<RoutedModel[]> {
    const rows: (Omit<RoutedModel, 'namedAt'> & { namedAt: string | Date })[] = await this.options.database.read
      .createQueryBuilder(Model, 'm')
      .select(COLUMNS.map((column) => `m.${column} AS "${column}"`))
      .where('m.connectionId IN (:...connectionIds) AND m.listed AND m.vanishedAt IS NULL', { connectionIds })
      .andWhere('m.upstreamId > :after', { after })
      .orderBy('m.connectionId')
      .addOrderBy('m.upstreamId')
      .limit(MODELS_AT_ONCE)
      .getRawMany();
    // In their place: a copy of each would cost as much as reading it.
    for (const row of rows) row.namedAt = new Date(row.namedAt);
    return rows as RoutedModel[];
  }
}

const COLUMNS = [
  'id',
  'connectionId',
  'upstreamId',
  'name',
  'namedAt',
  'ownedBy',
  'statedCapabilities',
  'setCapabilities',
  'contextLength',
  'family',
  'parameterSize',
  'quantization',
  'sizeBytes',
  'loaded',
  'file',
] as const;

function byConnection<T extends { readonly connectionId: string }>(all: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const group = groups.get(one.connectionId);
    if (group === undefined) groups.set(one.connectionId, [one]);
    else group.push(one);
  }
  return groups;
}
