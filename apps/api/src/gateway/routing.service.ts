import { IsNull } from 'typeorm';
import { ConnectionHealth } from '../connections/connection-health.entity.js';
import { Connection } from '../connections/connection.entity.js';
import type { Database } from '../database/database.js';
import type { Doorbell } from '../events/doorbell.js';
import type { Logger } from '../logger.js';
import { Model } from '../models/model.entity.js';
import { RoutingTable, type RoutedModel } from './routing-table.js';

/** After a failed reload: how long until the next try. */
const RETRY_MS = 1_000;

/** Keeps the routing table in memory and swaps it after every committed change that announces itself. */
export class RoutingService {
  #table = new RoutingTable([]);
  #stopListening: (() => void) | null = null;
  #reloading: Promise<void> | null = null;
  #isStale = false;
  #retry: NodeJS.Timeout | null = null;

  constructor(
    private readonly database: Database,
    private readonly doorbell: Doorbell,
    private readonly logger: Logger,
  ) {}

  get table(): RoutingTable {
    return this.#table;
  }

  async start(): Promise<void> {
    this.#stopListening = this.doorbell.subscribe(() => {
      void this.reload();
    });
    this.#table = await this.#load();
  }

  async stop(): Promise<void> {
    this.#stopListening?.();
    this.#stopListening = null;
    if (this.#retry !== null) clearTimeout(this.#retry);
    await this.#reloading;
  }

  /** Loads anew; changes that come while it runs lead to one more load, however many they are. Never rejects. */
  reload(): Promise<void> {
    this.#isStale = true;
    this.#reloading ??= this.#reloadUntilFresh().finally(() => {
      this.#reloading = null;
    });
    return this.#reloading;
  }

  async #reloadUntilFresh(): Promise<void> {
    while (this.#isStale) {
      this.#isStale = false;
      try {
        this.#table = await this.#load();
      } catch (error) {
        this.logger.warn({ err: error }, 'the routing table could not be read; the last one stays in use');
        this.#retry ??= setTimeout(() => {
          this.#retry = null;
          if (this.#stopListening !== null) void this.reload();
        }, RETRY_MS).unref();
        return;
      }
    }
  }

  async #load(): Promise<RoutingTable> {
    const { read } = this.database;
    const connections = await read.findBy(Connection, { enabled: true, removedAt: IsNull() });
    const health = await read.find(ConnectionHealth, { select: { connectionId: true, status: true } });
    const models = await read.find(Model, {
      select: { id: true, connectionId: true, upstreamId: true, name: true, namedAt: true, ownedBy: true },
      where: { vanishedAt: IsNull(), listed: true },
    });
    const connectionById = new Map(connections.map((connection) => [connection.id, connection]));
    const statusById = new Map(health.map((row) => [row.connectionId, row.status]));
    return new RoutingTable(
      models.flatMap((model): RoutedModel[] => {
        const connection = connectionById.get(model.connectionId);
        if (connection === undefined) return [];
        return [{ ...model, connection, status: statusById.get(connection.id) ?? 'UNKNOWN' }];
      }),
    );
  }
}
