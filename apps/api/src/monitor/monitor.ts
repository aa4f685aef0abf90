import { In, IsNull } from 'typeorm';
import type { EndpointKind, Provider } from '@intrallm/providers';
import { systemClock, type Clock } from '../clock.js';
import { Connection } from '../connections/connection.entity.js';
import { ConnectionHealth, type ConnectionStatus } from '../connections/health/connection-health.entity.js';
import type { Database } from '../database/database.js';
import type { StoredEvent } from '../events/event-payloads.js';
import type { EventTail } from '../events/event-tail.js';
import type { Versions } from '../events/versions.js';
import type { Logger } from '../log/logger.js';
import { DEFAULT_CADENCE, type Cadence } from './checks/cadence.js';
import { DEFAULT_LANES, type LaneLimits } from './checks/check-lanes.js';
import { CheckRunner, type EndpointOpener } from './checks/check-runner.js';
import { CheckSchedule, type CheckOutcome, type Ran } from './checks/check-schedule.js';
import { ResultWriter } from './checks/result-writer.js';
import type { ApplyDiscovery } from './discovery-port.js';
import type { HealthRecorder } from './health/health-recorder.js';
import { LiveTraffic } from './traffic/live-traffic.js';
import type { TrafficEvidence } from './traffic/traffic-evidence.js';

export interface MonitorOptions {
  readonly database: Database;
  readonly versions: Versions;
  readonly tail: EventTail;
  readonly recorder: HealthRecorder;
  readonly opener: EndpointOpener;
  readonly providers: Readonly<Record<EndpointKind, Provider>>;
  readonly applyDiscovery: ApplyDiscovery;
  /** Whether the last check found the model in the memory of the connection's Ollama instance. */
  readonly isInMemory: (connectionId: string, model: string) => boolean;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly cadence?: Cadence;
  readonly lanes?: LaneLimits;
}

/** After a change that could not be looked up because of the database. */
const RELOAD_RETRY_MS = 1_000;
const CHUNK = 500;

/**
 * Watches every enabled connection: by its interval, at once after an admin's change, and when live traffic gives
 * reason to. docs/decisions/0007-health-checks.md says when, and what each answer makes of the state.
 */
export class Monitor {
  readonly #clock: Clock;
  readonly #cadence: Cadence;
  readonly #runner: CheckRunner;
  readonly #writer: ResultWriter;
  readonly #schedule: CheckSchedule;
  readonly #live: LiveTraffic;
  /** Connections that an admin changed and that were not looked at since. */
  readonly #toReload = new Set<string>();
  #reloading: Promise<void> | null = null;
  #stopReloadTimer: (() => void) | null = null;
  #stopListening: (() => void) | null = null;
  #stopped = true;

  constructor(private readonly options: MonitorOptions) {
    this.#clock = options.clock ?? systemClock;
    this.#cadence = options.cadence ?? DEFAULT_CADENCE;
    const shared = { ...options, clock: this.#clock, cadence: this.#cadence };
    this.#runner = new CheckRunner({ ...shared, deadlineMs: this.#cadence.deadlineMs });
    this.#writer = new ResultWriter(shared);
    this.#schedule = new CheckSchedule({
      ...shared,
      lanes: options.lanes ?? DEFAULT_LANES,
      retryMs: this.#cadence.regularMs,
      run: (connectionId, signal, leave) => this.#check(connectionId, signal, leave),
    });
    this.#live = new LiveTraffic({ ...shared, writer: this.#writer, schedule: this.#schedule });
  }

  /** Takes the schedule up where an earlier run left it; what is overdue is checked now. The tail must have started. */
  async start(): Promise<void> {
    this.#stopped = false;
    this.#stopListening = this.options.tail.on(['connection.changed', 'connection.removed'], (events) =>
      this.#hear(events),
    );
    await this.options.recorder.start();
    const { read } = this.options.database;
    const connections = await read.findBy(Connection, { enabled: true, removedAt: IsNull() });
    const healths = new Map((await read.find(ConnectionHealth)).map((health) => [health.connectionId, health]));
    for (const connection of connections) this.#watch(connection, healths.get(connection.id) ?? null);
  }

  /** Aborts the checks under way, stores what is finished, and leaves no timer. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stopListening?.();
    this.#stopReloadTimer?.();
    this.#live.stop();
    await this.#reloading;
    await this.#schedule.stop();
    await this.#writer.idle();
    await this.options.recorder.stop();
  }

  /** A check is running now. */
  isChecking(connectionId: string): boolean {
    return this.#schedule.isRunning(connectionId);
  }

  /**
   * Checks now, for somebody who asked: also what live traffic said gives way to the outcome. Never rejects. `isUrgent`
   * goes before the checks whose interval ended.
   */
  checkNow(connectionId: string, options: { isUrgent: boolean; signal: AbortSignal }): Promise<CheckOutcome> {
    this.#live.forgive(connectionId);
    return this.#schedule.checkNow(connectionId, options);
  }

  /** Cheap, synchronous, and never throws: it may be called for every request. */
  observe(connectionId: string, evidence: TrafficEvidence): void {
    if (!this.#stopped) this.#live.observe(connectionId, evidence);
  }

  async #check(connectionId: string, signal: AbortSignal, leave: () => void): Promise<Ran> {
    const connection = await this.options.database.read.findOneBy(Connection, {
      id: connectionId,
      removedAt: IsNull(),
    });
    if (connection?.enabled !== true) return { outcome: 'SKIPPED', nextInMs: null, isSlow: false };
    const { endpointRevision } = connection;
    const check = await this.#runner.run(connection, signal);
    signal.throwIfAborted();
    // The commit takes as long as a fast endpoint. A writer that is behind holds the next checks back: results need
    // memory.
    if (!this.#writer.isBehind) leave();
    const written = await this.#writer.submit({
      connectionId,
      endpointRevision,
      check,
      refusedLive: this.#live.isRefused(connectionId),
      isLive: false,
    });
    const isSlow = check.problem?.code === 'TIMEOUT';
    switch (written.outcome) {
      case 'stored':
        this.#live.know(connectionId, { ...written.health, endpointRevision, modelCount: written.modelCount });
        if (check.stages.some(({ stage, state }) => stage === 'AUTH' && state === 'PASSED'))
          this.#live.forgive(connectionId);
        return {
          outcome: check.status === 'ONLINE' || check.status === 'DEGRADED' ? 'UP' : 'DOWN',
          nextInMs: written.nextInMs,
          isSlow,
        };
      case 'dropped':
        // The announcement of the change that outdated it is on its way; this is the net below it.
        return { outcome: 'SKIPPED', nextInMs: this.#cadence.regularMs, isSlow: false };
      case 'failed':
        return { outcome: 'SKIPPED', nextInMs: this.#cadence.regularMs, isSlow };
    }
  }

  #watch(connection: Connection, health: ConnectionHealth | null): void {
    const status: ConnectionStatus = health?.status ?? 'UNKNOWN';
    this.options.recorder.enter(connection.id, status);
    const { endpointRevision } = connection;
    this.#live.know(connection.id, { status, failures: health?.failures ?? 0, endpointRevision, modelCount: null });
    const wait = (health?.nextCheckAt?.getTime() ?? 0) - this.#clock.now();
    this.#schedule.put(connection.id, {
      host: new URL(connection.url).host,
      // A clock that was set back must not stop the checks.
      dueInMs: Math.min(Math.max(wait, 0), 2 * this.#cadence.publicMs),
      isSlow: health?.problem?.code === 'TIMEOUT',
    });
  }

  #hear(events: readonly StoredEvent<'connection.changed' | 'connection.removed'>[]): void {
    for (const { payload } of events) if (payload.cause !== 'OBSERVED') this.#toReload.add(payload.connectionId);
    this.#reloadSoon();
  }

  #reloadSoon(): void {
    if (this.#toReload.size > 0 && !this.#stopped) this.#reloading ??= this.#reload();
  }

  async #reload(): Promise<void> {
    while (this.#toReload.size > 0 && !this.#stopped) {
      const ids = [...this.#toReload].slice(0, CHUNK);
      for (const id of ids) this.#toReload.delete(id);
      try {
        const { read } = this.options.database;
        const connections = new Map((await read.findBy(Connection, { id: In(ids) })).map((one) => [one.id, one]));
        const healths = new Map(
          (await read.findBy(ConnectionHealth, { connectionId: In(ids) })).map((one) => [one.connectionId, one]),
        );
        for (const id of ids) this.#follow(id, connections.get(id) ?? null, healths.get(id) ?? null);
      } catch (error) {
        this.options.logger.warn({ err: error }, 'changed connections could not be looked up, it is tried again');
        for (const id of ids) this.#toReload.add(id);
        this.#stopReloadTimer = this.#clock.after(RELOAD_RETRY_MS, () => this.#reloadSoon());
        break;
      }
    }
    this.#reloading = null;
  }

  #follow(connectionId: string, connection: Connection | null, health: ConnectionHealth | null): void {
    this.#live.forgive(connectionId);
    if (connection !== null && connection.removedAt === null && connection.enabled) {
      this.#watch(connection, health);
      this.#schedule.hurry(connectionId, { restart: true });
      return;
    }
    this.#schedule.remove(connectionId);
    this.#live.forget(connectionId);
    this.options.recorder.leave(connectionId);
  }
}
