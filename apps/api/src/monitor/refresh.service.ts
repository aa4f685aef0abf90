import { randomUUID } from 'node:crypto';
import { In, IsNull } from 'typeorm';
import type { Actor } from '../auth/actor.js';
import { Connection } from '../connections/connection.entity.js';
import type { Database } from '../database/database.js';
import { AppError, badInput, notFound } from '../errors.js';
import type { Logger } from '../logger.js';
import type { CheckOutcome } from './check-schedule.js';
import { systemClock, type Clock } from './clock.js';
import { stoppable, Subscriber, type Stream } from './stream/subscriber.js';

/** How far a refresh is. `done` counts finished checks, `failed` those of them that the endpoint did not answer well. */
export interface RefreshProgress {
  readonly id: string;
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly cancelled: boolean;
}

/** The part of the monitor that a refresh needs. */
export interface CheckNow {
  checkNow(connectionId: string, options: { isUrgent: boolean; signal: AbortSignal }): Promise<CheckOutcome>;
}

interface Options {
  readonly database: Database;
  readonly monitor: CheckNow;
  readonly logger: Logger;
  readonly clock?: Clock;
}

interface Running {
  progress: RefreshProgress;
  readonly cancel: AbortController;
  /** Called after each step. */
  readonly listeners: Set<() => void>;
}

const MAX_RUNNING = 8;
const MAX_KEPT = 100;
const KEPT_MS = 3_600_000;
const MAX_IDS = 10_000;
/** A refresh of few goes before the checks whose interval ended; one of many goes with them. */
const URGENT_UP_TO = 20;

/**
 * Checks connections because somebody asked, and shows how far it is. A refresh changes nothing that an admin decides, so
 * it leaves no entry in the audit log. It ends with the process: after a restart everything overdue is checked anyway.
 */
export class RefreshService {
  readonly #refreshes = new Map<string, Running>();
  readonly #clock: Clock;

  constructor(private readonly options: Options) {
    this.#clock = options.clock ?? systemClock;
  }

  /**
   * Starts checks and discovery of these connections, of all where `ids` is null, and gives the refresh at once. What is
   * switched off is left out. Throws NOT_FOUND for an unknown id, RATE_LIMITED while 8 refreshes run.
   */
  async start(_actor: Actor, ids: readonly string[] | null): Promise<RefreshProgress> {
    if ((ids?.length ?? 0) > MAX_IDS)
      throw badInput([{ field: 'ids', message: `At most ${MAX_IDS} ids may be given.` }]);
    const connectionIds = await this.#enabledOf(ids);
    this.#forgetOld();
    if ([...this.#refreshes.values()].filter(({ progress }) => progress.finishedAt === null).length >= MAX_RUNNING) {
      throw new AppError('RATE_LIMITED', `${MAX_RUNNING} refreshes are running. Wait for one to end or cancel it.`);
    }
    const startedAt = new Date(this.#clock.now());
    const progress = {
      id: randomUUID(),
      total: connectionIds.length,
      done: 0,
      failed: 0,
      startedAt,
      finishedAt: null,
      cancelled: false,
    };
    const running: Running = { progress, cancel: new AbortController(), listeners: new Set() };
    this.#refreshes.set(progress.id, running);
    void this.#run(running, connectionIds);
    return running.progress;
  }

  /** Calls off the checks that have not begun; those under way end by themselves. A finished refresh stays as it is. */
  cancel(_actor: Actor, id: string): RefreshProgress {
    const running = this.#get(id);
    if (running.progress.finishedAt === null && !running.progress.cancelled) {
      this.#step(running, { cancelled: true });
      running.cancel.abort();
    }
    return running.progress;
  }

  /**
   * The refresh as it stands, then as it goes on, until it has ended. A slow reader skips steps. Throws NOT_FOUND for an
   * unknown id, also for one that ended over an hour ago.
   */
  watch(_actor: Actor, id: string): Stream<RefreshProgress> {
    const running = this.#get(id);
    const stop = new AbortController();
    return stoppable(this.#steps(running, stop.signal), stop);
  }

  #get(id: string): Running {
    const running = this.#refreshes.get(id);
    if (running === undefined) throw notFound('This refresh');
    return running;
  }

  async *#steps(running: Running, stop: AbortSignal): AsyncGenerator<RefreshProgress, void, undefined> {
    const steps = new Subscriber<true>();
    let isTold = true;
    const listener = (): void => {
      if (isTold) steps.push(true);
      isTold = false;
    };
    stop.addEventListener('abort', () => steps.end(), { once: true });
    running.listeners.add(listener);
    try {
      let told = running.progress;
      yield told;
      if (told.finishedAt !== null) return;
      for await (const _step of steps.read()) {
        isTold = true;
        told = running.progress;
        yield told;
        if (told.finishedAt !== null) return;
      }
    } finally {
      running.listeners.delete(listener);
    }
  }

  async #enabledOf(ids: readonly string[] | null): Promise<string[]> {
    const wanted = ids === null ? null : [...new Set(ids)];
    const connections = await this.options.database.read.find(Connection, {
      select: { id: true, enabled: true },
      where: { removedAt: IsNull(), ...(wanted === null ? {} : { id: In(wanted) }) },
      order: { kind: 'ASC', priority: 'ASC', name: 'ASC' },
    });
    if (wanted !== null && connections.length < wanted.length) throw notFound('One of these connections');
    return connections.filter(({ enabled }) => enabled).map(({ id }) => id);
  }

  async #run(running: Running, connectionIds: readonly string[]): Promise<void> {
    const { monitor, logger } = this.options;
    const isUrgent = connectionIds.length <= URGENT_UP_TO;
    const { signal } = running.cancel;
    const check = async (connectionId: string): Promise<void> => {
      try {
        const outcome = await monitor.checkNow(connectionId, { isUrgent, signal });
        if (outcome === 'SKIPPED' && signal.aborted) return;
        const { done, failed } = running.progress;
        this.#step(running, { done: done + 1, failed: failed + (outcome === 'DOWN' ? 1 : 0) });
      } catch (error) {
        logger.error({ err: error, connectionId }, 'a refresh could not make a check');
      }
    };
    await Promise.all(connectionIds.map(check));
    this.#step(running, { finishedAt: new Date(this.#clock.now()) });
  }

  #step(running: Running, more: Partial<RefreshProgress>): void {
    running.progress = { ...running.progress, ...more };
    for (const listener of running.listeners) listener();
  }

  #forgetOld(): void {
    const before = this.#clock.now() - KEPT_MS;
    for (const [id, { progress }] of this.#refreshes) {
      const isOld = progress.finishedAt !== null && progress.finishedAt.getTime() < before;
      if (isOld || (progress.finishedAt !== null && this.#refreshes.size > MAX_KEPT)) this.#refreshes.delete(id);
    }
  }
}
