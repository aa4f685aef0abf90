import { setTimeout as delay } from 'node:timers/promises';
import { In, IsNull } from 'typeorm';
import { ofKnownEndpoint, Slices, type Check } from '@intrallm/providers';
import type { Clock } from '../../clock.js';
import { connectionChanged } from '../../connections/connection-events.js';
import { Connection } from '../../connections/connection.entity.js';
import { ConnectionHealth } from '../../connections/health/connection-health.entity.js';
import { unknownHealth } from '../../connections/health/health-transition.js';
import type { Database } from '../../database/database.js';
import { rowLock, type Write } from '../../database/write.js';
import { isDatabaseTrouble } from '../../errors.js';
import type { Versions } from '../../events/versions.js';
import type { Logger } from '../../log/logger.js';
import type { ApplyDiscovery } from '../discovery-port.js';
import { assess, isUp, type HealthState } from '../health/assess.js';
import type { HealthRecorder } from '../health/health-recorder.js';
import { countModels } from '../model-counts.js';
import { nextCheckInMs, type Cadence } from './cadence.js';

/** A finished check of a connection as it was when the check began. */
export interface Result {
  readonly connectionId: string;
  readonly endpointRevision: number;
  readonly check: Check;
  readonly refusedLive: boolean;
  /** Evidence of live traffic: the next check stays where it is, and what the last one found of each stage is kept. */
  readonly isLive: boolean;
}

/** `dropped`: the endpoint has moved, is switched off or removed. `failed`: the database was in trouble. */
export type Written =
  | {
      readonly outcome: 'stored';
      readonly health: HealthState;
      /** Until the next check is due. */
      readonly nextInMs: number;
      /** Models that the connection has by now. */
      readonly modelCount: number;
    }
  | { readonly outcome: 'dropped' }
  | { readonly outcome: 'failed' };

/** Most results of one transaction. */
const BATCH = 64;
/** With so many transactions within the span, results wait for each other for a moment before the next one. */
const CROWD = 8;
const CROWD_SPAN_MS = 500;
const GATHER_MS = 25;

interface Options {
  readonly database: Database;
  readonly versions: Versions;
  readonly recorder: HealthRecorder;
  readonly applyDiscovery: ApplyDiscovery;
  readonly cadence: Cadence;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Waiting {
  readonly result: Result;
  readonly done: (written: Written) => void;
}

/**
 * Makes results of checks known: health, catalogue difference and announcement of one result are always in one write.
 * Results that come in while a write is open, or soon after many others, share the next one: a commit waits for the
 * disk, and whoever hears of it reads the database, so a sweep would be bound by them.
 */
export class ResultWriter {
  #queue: Waiting[] = [];
  readonly #slices = new Slices();
  #draining: Promise<void> | null = null;
  /** When the latest writes began, the oldest first. */
  readonly #begun: number[] = [];

  constructor(private readonly options: Options) {}

  /** Resolves when the result is committed or given up; never rejects. */
  submit(result: Result): Promise<Written> {
    return new Promise((done) => {
      this.#queue.push({ result, done });
      this.#draining ??= this.#drain();
    });
  }

  /** As many results wait as one transaction takes. */
  get isBehind(): boolean {
    return this.#queue.length >= BATCH;
  }

  /** Resolves when nothing waits to be written. */
  async idle(): Promise<void> {
    await this.#draining;
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      if (this.#isCrowded()) await delay(GATHER_MS);
      this.#begun.push(this.options.clock.monotonic());
      if (this.#begun.length > CROWD) this.#begun.shift();
      await this.#writeBatch(this.#queue.splice(0, BATCH));
    }
    this.#draining = null;
  }

  #isCrowded(): boolean {
    const [oldest] = this.#begun;
    return (
      this.#begun.length === CROWD && oldest !== undefined && this.options.clock.monotonic() - oldest < CROWD_SPAN_MS
    );
  }

  async #writeBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      const written = await this.options.database.write((write) =>
        this.#store(
          write,
          batch.map(({ result }) => result),
        ),
      );
      for (const [index, { done }] of batch.entries()) done(written[index] ?? { outcome: 'dropped' });
    } catch (error) {
      if (batch.length > 1 && !isDatabaseTrouble(error)) {
        // One result that cannot be stored must not take its neighbours with it.
        for (const waiting of batch) await this.#writeBatch([waiting]);
        return;
      }
      const connectionIds = batch.map(({ result }) => result.connectionId);
      this.options.logger.error({ err: error, connectionIds }, 'results of checks could not be stored');
      for (const { done } of batch) done({ outcome: 'failed' });
    }
  }

  async #store(write: Write, results: readonly Result[]): Promise<Written[]> {
    const ids = [...new Set(results.map(({ connectionId }) => connectionId))];
    const connections = await this.#lockConnections(write, ids);
    const healths = await write.manager.findBy(ConnectionHealth, { connectionId: In(ids) });
    const known: LastState = {
      connections: new Map(connections.map((connection) => [connection.id, connection])),
      healths: new Map(healths.map((health) => [health.connectionId, health])),
      modelCounts: await countModels(write.manager, ids),
    };
    const written: Written[] = [];
    for (const result of results) {
      // SQLite answers within the turn: without a pause the whole write would be one task.
      if (this.#slices.isOver) await this.#slices.pause();
      written.push(await this.#storeOne(write, result, known));
    }
    const stored = new Set(
      results.filter((_result, index) => written[index]?.outcome === 'stored').map((one) => one.connectionId),
    );
    if (stored.size > 0) {
      const rows = [...known.healths.values()].filter((health) => stored.has(health.connectionId));
      await write.manager.upsert(ConnectionHealth, rows, ['connectionId']);
      write.afterCommit(() => {
        this.options.versions.raiseHealth();
      });
    }
    return written;
  }

  /** An admin's write on one of them waits for ours, or ours for it; on SQLite all writes do. */
  #lockConnections(write: Write, ids: readonly string[]): Promise<Connection[]> {
    return write.manager.find(Connection, {
      where: { id: In([...ids]), removedAt: IsNull() },
      order: { id: 'ASC' },
      ...rowLock(write),
    });
  }

  async #storeOne(write: Write, result: Result, known: LastState): Promise<Written> {
    const { clock, cadence, versions, recorder } = this.options;
    const connection = known.connections.get(result.connectionId);
    if (connection?.enabled !== true || connection.endpointRevision !== result.endpointRevision)
      return { outcome: 'dropped' };
    const at = new Date(clock.now());
    const before = known.healths.get(connection.id) ?? unknownHealth(connection, at);
    // A latency is that of the last success at this address.
    const seen = before.latencyMs === null ? result.check : ofKnownEndpoint(result.check);
    const health = assess(before, seen, { at, refusedLive: result.refusedLive });
    const next = nextCheckInMs(health, result.check, { url: connection.url, cadence, random: () => clock.random() });
    const nextCheckAt =
      result.isLive && before.nextCheckAt !== null ? before.nextCheckAt : new Date(at.getTime() + next);
    const row = Object.assign(new ConnectionHealth(), health, {
      connectionId: connection.id,
      endpointRevision: connection.endpointRevision,
      nextCheckAt,
      ...(result.isLive ? { checkedAt: before.checkedAt, stages: before.stages } : {}),
    });
    known.healths.set(connection.id, row);

    const countBefore = known.modelCounts.get(connection.id) ?? 0;
    const { models, isPart = false } = result.check;
    const difference = models === null ? null : await this.options.applyDiscovery(write, connection, models, isPart);
    const modelCount = difference?.modelCount ?? countBefore;
    known.modelCounts.set(connection.id, modelCount);
    if (
      before.status !== health.status ||
      before.problem?.code !== health.problem?.code ||
      countBefore !== modelCount
    ) {
      write.event(connectionChanged(connection, row, { cause: 'OBSERVED', previous: before.status, modelCount }));
    }
    const isNewCatalogue =
      difference !== null && difference.added.length + difference.changed.length + difference.vanished.length > 0;
    write.afterCommit(() => {
      recorder.enter(connection.id, health.status);
      recorder.addSample(connection.id, toldOf(seen, health), at);
      // Whether a model is available follows the status.
      if (isNewCatalogue || before.status !== health.status) versions.raiseCatalogue();
    });
    return { outcome: 'stored', health, nextInMs: next, modelCount };
  }
}

/**
 * What the history tells of a check: one that does not lift UNAUTHORIZED shows nothing else, or the two would
 * contradict.
 */
function toldOf(check: Check, { status, problem }: HealthState): Check {
  return status === 'UNAUTHORIZED' && isUp(check.status) ? { ...check, status, problem } : check;
}

interface LastState {
  readonly connections: ReadonlyMap<string, Connection>;
  readonly healths: Map<string, ConnectionHealth>;
  readonly modelCounts: Map<string, number>;
}
