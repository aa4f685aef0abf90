import { randomUUID } from 'node:crypto';
import { connectionChanged, connectionRemoved, type ChangeCause } from '../../src/connections/connection-events.js';
import { Connection } from '../../src/connections/connection.entity.js';
import { ConnectionHealth } from '../../src/connections/health/connection-health.entity.js';
import { unknownHealth } from '../../src/connections/health/health-transition.js';
import type { EventTail } from '../../src/events/event-tail.js';
import { createLogger } from '../../src/log/logger.js';
import { ModelsInMemory } from '../../src/models/models-in-memory.js';
import { DEFAULT_CADENCE, type Cadence } from '../../src/monitor/checks/cadence.js';
import type { LaneLimits } from '../../src/monitor/checks/check-lanes.js';
import type { ApplyDiscovery } from '../../src/monitor/discovery-port.js';
import type { HealthHistory } from '../../src/monitor/health/health-history.js';
import type { HealthRecorder } from '../../src/monitor/health/health-recorder.js';
import type { HealthTransitions } from '../../src/monitor/health/health-transitions.js';
import type { Monitor } from '../../src/monitor/monitor.js';
import { openTestDatabase, type TestDatabase } from './database.js';
import { buildDomains } from './domains.js';
import { FakeProvider, forEveryKind } from './endpoints/fake-provider.js';
import { ManualClock, turns } from './manual-clock.js';

export interface Monitored {
  readonly stored: TestDatabase;
  readonly clock: ManualClock;
  readonly provider: FakeProvider;
  readonly tail: EventTail;
  readonly recorder: HealthRecorder;
  readonly history: HealthHistory;
  readonly transitions: HealthTransitions;
  readonly monitor: Monitor;
  /** Log lines, one object each. */
  readonly logged: { level: string; msg: string }[];
  add(more?: Partial<Connection>): Promise<Connection>;
  /** An admin's edit, with the announcement that goes with it. */
  edit(id: string, more: Partial<Connection>, cause?: ChangeCause, health?: Partial<ConnectionHealth>): Promise<void>;
  remove(id: string): Promise<void>;
  health(id: string): Promise<ConnectionHealth>;
  settle(): Promise<void>;
  /** Another run of the server on the same database. */
  again(): Monitored;
  close(): Promise<void>;
}

export interface MonitoredOptions {
  readonly cadence?: Cadence;
  readonly lanes?: LaneLimits;
  readonly applyDiscovery?: ApplyDiscovery;
  readonly isInMemory?: (connectionId: string, model: string) => boolean;
}

/** A monitor on a database of its own, with time and endpoints in the hands of the test. Nothing is started. */
export async function openMonitored(options: MonitoredOptions = {}): Promise<Monitored> {
  const stored = await openTestDatabase();
  return build(stored, settling(stored), options);
}

/** Waits until no write is under way. On SQLite a read is over within one turn of the event loop. */
function settling({ database }: TestDatabase): () => Promise<void> {
  const underWay = new Set<Promise<unknown>>();
  const write = database.write.bind(database);
  database.write = (work) => {
    const writing = write(work);
    underWay.add(writing);
    void writing.then(
      () => underWay.delete(writing),
      () => underWay.delete(writing),
    );
    return writing;
  };
  return async () => {
    await turns(3);
    while (underWay.size > 0) {
      await Promise.allSettled(underWay);
      await turns(3);
    }
  };
}

function build(
  stored: TestDatabase,
  settle: () => Promise<void>,
  options: MonitoredOptions,
  clockStart?: number,
): Monitored {
  const { database } = stored;
  const clock = new ManualClock(settle, clockStart);
  const logged: { level: string; msg: string }[] = [];
  const logger = createLogger({
    level: 'debug',
    destination: { write: (line) => void logged.push(JSON.parse(line) as never) },
  });
  const provider = new FakeProvider();
  const { cadence, lanes, applyDiscovery, isInMemory } = options;
  const services = buildDomains(
    stored,
    {
      clock,
      logger,
      cadence: cadence ?? DEFAULT_CADENCE,
      ...(lanes === undefined ? {} : { lanes }),
    },
    {
      providers: { ...forEveryKind(provider), verify: () => Promise.reject(new Error('nobody verifies')) },
      ...(applyDiscovery === undefined ? {} : { applyDiscovery }),
      ...(isInMemory === undefined
        ? {}
        : { modelsInMemory: Object.assign(new ModelsInMemory(), { holds: isInMemory }) }),
    },
  );
  const { monitor, tail } = services;

  const edit: Monitored['edit'] = async (id, more, cause = 'EDITED', health = {}) => {
    await database.write(async (write) => {
      await write.manager.update(Connection, { id }, more);
      if (Object.keys(health).length > 0) await write.manager.update(ConnectionHealth, { connectionId: id }, health);
      const connection = await write.manager.findOneByOrFail(Connection, { id });
      const now = await write.manager.findOneByOrFail(ConnectionHealth, { connectionId: id });
      write.event(connectionChanged(connection, now, { cause, previous: now.status, modelCount: 0 }));
    });
    await settle();
  };
  return {
    stored,
    clock,
    provider,
    tail,
    recorder: services.healthRecorder,
    history: services.healthHistory,
    transitions: services.healthTransitions,
    monitor,
    logged,
    settle,
    edit,
    add: async (more = {}) => {
      const connection = newConnection(new Date(clock.now()), more);
      await database.write(async (write) => {
        const health = Object.assign(new ConnectionHealth(), unknownHealth(connection, new Date(clock.now())));
        await write.manager.insert(Connection, connection);
        await write.manager.insert(ConnectionHealth, health);
        write.event(connectionChanged(connection, health, { cause: 'ADDED', previous: null, modelCount: 0 }));
      });
      await settle();
      return connection;
    },
    remove: async (id) => {
      await database.write(async (write) => {
        await write.manager.update(Connection, { id }, { removedAt: new Date(clock.now()) });
        const connection = await write.manager.findOneByOrFail(Connection, { id });
        write.event(connectionRemoved(connection, 'ONLINE'));
      });
      await settle();
    },
    health: (id) =>
      database.read.findOne(ConnectionHealth, { where: { connectionId: id } }) as Promise<ConnectionHealth>,
    again: () => build(stored, settle, options, clock.now()),
    close: async () => {
      await monitor.stop();
      await tail.stop();
      await stored.close();
    },
  };
}

let count = 0;

function newConnection(now: Date, more: Partial<Connection> = {}): Connection {
  count += 1;
  const name = more.name ?? `Endpoint ${count}`;
  return Object.assign(new Connection(), {
    id: randomUUID(),
    kind: 'OPENAI',
    name,
    nameKey: name.toLowerCase(),
    nameIsDefault: false,
    url: `http://10.0.0.1:${10_000 + count}/v1`,
    enabled: true,
    auth: 'NONE',
    headers: [],
    apiKeyPreview: null,
    modelPrefix: null,
    modelAllowlist: [],
    declaredModels: [],
    modelAliases: [],
    countStreamTokens: false,
    pool: '',
    tags: [],
    priority: 0,
    weight: 1,
    maxInFlight: null,
    firstByteTimeoutMs: null,
    idleTimeoutMs: null,
    allowKeepAlive: false,
    maxContextLength: null,
    managedBy: 'ADMIN',
    managedKey: null,
    enabledUntilGone: null,
    version: 1,
    endpointRevision: 1,
    createdAt: now,
    updatedAt: now,
    removedAt: null,
    ...more,
  } satisfies Connection);
}
