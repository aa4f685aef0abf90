import { randomUUID } from 'node:crypto';
import { In, IsNull } from 'typeorm';
import type { Actor } from '../../auth/actor.js';
import { systemClock, type Clock } from '../../clock.js';
import { Connection } from '../../connections/connection.entity.js';
import type { Database } from '../../database/database.js';
import { AppError, badInput, notFound } from '../../errors.js';
import type { Logger } from '../../log/logger.js';
import type { CheckOutcome } from '../checks/check-schedule.js';
import { stoppable, Subscriber, type Stream } from '../stream/subscriber.js';
import { differs, progressOf, type RefreshProgress } from './refresh-progress.js';
import { HELD_MS, RefreshStore } from './refresh-store.js';
import type { Refresh } from './refresh.entity.js';

/** The part of the monitor that a refresh needs. */
interface CheckNow {
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
  stopTimer: () => void;
}

const MAX_RUNNING = 8;
const MAX_IDS = 10_000;
/** A refresh of few goes before the checks whose interval ended; one of many goes with them. */
const URGENT_UP_TO = 20;
/** How often one that another process runs is looked at. */
const FOLLOW_EVERY_MS = 1_000;

/**
 * Checks connections because somebody asked, and shows how far it is. A refresh changes nothing that an admin decides,
 * so it leaves no entry in the audit log. It is a row: a restart goes on with what was not checked since it began, and
 * every process of the installation can show and cancel it.
 */
export class RefreshService {
  readonly #running = new Map<string, Running>();
  readonly #clock: Clock;
  readonly #store: RefreshStore;
  #stopped = false;

  constructor(private readonly options: Options) {
    this.#clock = options.clock ?? systemClock;
    this.#store = new RefreshStore(options.database, () => this.#clock.monotonic());
  }

  /**
   * Starts checks and discovery of these connections, of all where `ids` is null, and gives the refresh at once. What
   * is switched off is left out. Throws NOT_FOUND for an unknown id, RATE_LIMITED while 8 refreshes run.
   */
  async start(_actor: Actor, ids: readonly string[] | null): Promise<RefreshProgress> {
    if ((ids?.length ?? 0) > MAX_IDS)
      throw badInput([{ field: 'ids', message: `At most ${MAX_IDS} ids may be given.` }]);
    const connectionIds = await this.#enabledOf(ids);
    if (this.#running.size >= MAX_RUNNING) {
      throw new AppError('RATE_LIMITED', `${MAX_RUNNING} refreshes are running. Wait for one to end or cancel it.`);
    }
    const startedAt = this.#now();
    const progress: RefreshProgress = {
      id: randomUUID(),
      total: connectionIds.length,
      done: 0,
      failed: 0,
      startedAt,
      finishedAt: null,
      cancelled: false,
    };
    // Counted before it is stored, so that many at once are not more than allowed.
    const running = this.#enter(progress);
    try {
      await this.#store.add({ ...progress, connectionIds, heldUntil: this.#holdEnd() });
    } catch (error) {
      this.#leave(running);
      throw error;
    }
    void this.#run(running, connectionIds);
    return progress;
  }

  /**
   * Goes on with what an earlier run of the server left behind, and with what another process held and holds no more.
   * With `isAlone` no other process serves this database, so nothing is held by anybody. Call it at start and every few
   * seconds.
   */
  async resume(options: { isAlone?: boolean } = {}): Promise<void> {
    const except = new Set(this.#running.keys());
    const taken = await this.#store.takeOver(this.#now(), { all: options.isAlone === true, except });
    for (const refresh of taken) {
      const { pending, done, failed } = await this.#store.leftOver(refresh);
      const running = this.#enter({ ...progressOf(refresh), done, failed });
      void this.#run(running, refresh.cancelled ? [] : pending);
    }
  }

  /** Lets go of what runs, so that the next start or another process goes on with it at once. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const running = [...this.#running.values()];
    for (const one of running) this.#leave(one);
    await Promise.all(running.map((one) => this.#keep(one, { heldUntil: new Date(0) })));
  }

  /** Calls off the checks that have not begun; those under way end by themselves. A finished refresh stays as it is. */
  async cancel(_actor: Actor, id: string): Promise<RefreshProgress> {
    const running = this.#running.get(id);
    if (running === undefined) return this.#cancelElsewhere(id);
    if (running.progress.finishedAt === null && !running.progress.cancelled) {
      this.#callOff(running);
      await this.#store.keep(id, { cancelled: true });
    }
    return running.progress;
  }

  /**
   * The refresh as it stands, then as it goes on, until it has ended. A slow reader skips steps. Throws NOT_FOUND for
   * an unknown id, also for one that ended over an hour ago.
   */
  async watch(_actor: Actor, id: string): Promise<Stream<RefreshProgress>> {
    const refresh = this.#running.get(id)?.progress ?? progressOf(await this.#get(id));
    const stop = new AbortController();
    return stoppable(this.#follow(refresh, stop.signal), stop);
  }

  async #get(id: string): Promise<Refresh> {
    const refresh = await this.#store.find(id);
    if (refresh === null) throw notFound('This refresh');
    return refresh;
  }

  async #cancelElsewhere(id: string): Promise<RefreshProgress> {
    const refresh = progressOf(await this.#get(id));
    if (refresh.finishedAt !== null) return refresh;
    await this.#store.keep(id, { cancelled: true });
    return { ...refresh, cancelled: true };
  }

  /** Steps of one that runs here as they come; one that does not is looked at now and then. */
  async *#follow(refresh: RefreshProgress, stop: AbortSignal): AsyncGenerator<RefreshProgress, void, undefined> {
    let told: RefreshProgress | null = null;
    for (let now: RefreshProgress | null = refresh; now !== null;) {
      const running = this.#running.get(refresh.id);
      if (running !== undefined) {
        yield* this.#steps(running, stop);
        return;
      }
      if (told === null || differs(told, now)) yield now;
      told = now;
      if (told.finishedAt !== null || !(await this.#pause(stop))) return;
      const row = await this.#store.find(refresh.id);
      now = row === null ? null : progressOf(row);
    }
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

  /** False where the reader went away meanwhile. */
  async #pause(stop: AbortSignal): Promise<boolean> {
    if (stop.aborted) return false;
    await new Promise<void>((resolve) => {
      const stopTimer = this.#clock.after(FOLLOW_EVERY_MS, resolve);
      stop.addEventListener(
        'abort',
        () => {
          stopTimer();
          resolve();
        },
        { once: true },
      );
    });
    return !stop.aborted;
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

  #enter(progress: RefreshProgress): Running {
    const running: Running = {
      progress,
      cancel: new AbortController(),
      listeners: new Set(),
      stopTimer: () => undefined,
    };
    this.#running.set(progress.id, running);
    this.#holdLater(running);
    return running;
  }

  #leave(running: Running): void {
    running.stopTimer();
    this.#running.delete(running.progress.id);
  }

  async #run(running: Running, connectionIds: readonly string[]): Promise<void> {
    const isUrgent = connectionIds.length <= URGENT_UP_TO;
    await Promise.all(connectionIds.map((connectionId) => this.#check(running, connectionId, isUrgent)));
    if (this.#stopped) return;
    const finishedAt = this.#now();
    await this.#keep(running, { finishedAt, connectionIds: [] });
    this.#step(running, { finishedAt });
    this.#leave(running);
  }

  async #check(running: Running, connectionId: string, isUrgent: boolean): Promise<void> {
    const { monitor, logger } = this.options;
    const { signal } = running.cancel;
    try {
      const outcome = await monitor.checkNow(connectionId, { isUrgent, signal });
      if (this.#stopped || (outcome === 'SKIPPED' && signal.aborted)) return;
      const { done, failed } = running.progress;
      this.#step(running, { done: done + 1, failed: failed + (outcome === 'DOWN' ? 1 : 0) });
    } catch (error) {
      logger.error({ err: error, connectionId }, 'a refresh could not make a check');
    }
  }

  #step(running: Running, more: Partial<RefreshProgress>): void {
    running.progress = { ...running.progress, ...more };
    for (const listener of running.listeners) listener();
  }

  #callOff(running: Running): void {
    this.#step(running, { cancelled: true });
    running.cancel.abort();
  }

  #holdLater(running: Running): void {
    running.stopTimer = this.#clock.after(HELD_MS / 3, () => void this.#hold(running));
  }

  async #hold(running: Running): Promise<void> {
    const isCancelled = await this.#keep(running, { heldUntil: this.#holdEnd() });
    if (this.#running.get(running.progress.id) !== running) return;
    if (isCancelled && !running.progress.cancelled) this.#callOff(running);
    this.#holdLater(running);
  }

  /** Never rejects: what is not written down is found out again from the health of the connections. */
  async #keep(running: Running, changes: Parameters<RefreshStore['keep']>[1]): Promise<boolean> {
    const { id, done, failed } = running.progress;
    try {
      return await this.#store.keep(id, { done, failed, ...changes });
    } catch (error) {
      this.options.logger.warn({ err: error, refreshId: id }, 'how far a refresh is could not be written down');
      return false;
    }
  }

  #now(): Date {
    return new Date(this.#clock.now());
  }

  #holdEnd(): Date {
    return new Date(this.#clock.now() + HELD_MS);
  }
}
