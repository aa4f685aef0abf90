import type { Clock } from '../../clock.js';
import type { Logger } from '../../log/logger.js';
import { CheckLanes, type LaneLimits, type Place } from './check-lanes.js';

/** How a check that was asked for ended: `SKIPPED` where none was made or nobody may know its result any more. */
export type CheckOutcome = 'UP' | 'DOWN' | 'SKIPPED';

export interface Ran {
  readonly outcome: CheckOutcome;
  /** Null: no longer to be checked. */
  readonly nextInMs: number | null;
  readonly isSlow: boolean;
}

interface Options {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly lanes: LaneLimits;
  /** After a check that threw. */
  readonly retryMs: number;
  /**
   * Makes one check and stores its result. It may call `leave` as soon as it needs the endpoint no longer: then the
   * next check begins while this result is still being written. A rejection that the signal did not cause is logged.
   */
  readonly run: (connectionId: string, signal: AbortSignal, leave: () => void) => Promise<Ran>;
}

interface Entry {
  readonly connectionId: string;
  host: string;
  isSlow: boolean;
  /** When its interval ends, whoever asks for a check before. */
  dueAt: number;
  /** Queued for its own sake and not only because somebody waits for it. */
  isDue: boolean;
  /** Check once more as soon as the one under way has ended. */
  again: boolean;
  running: AbortController | null;
  queued: { readonly isUrgent: boolean; readonly withdraw: () => void } | null;
  stopTimer: (() => void) | null;
  readonly waiters: Set<(outcome: CheckOutcome) => void>;
}

/** Decides when each connection is checked: one timer or one place in a queue or one check under way for each. */
export class CheckSchedule {
  readonly #entries = new Map<string, Entry>();
  readonly #lanes: CheckLanes;
  readonly #underWay = new Set<Promise<void>>();
  #stopped = false;

  constructor(private readonly options: Options) {
    this.#lanes = new CheckLanes(options.lanes);
  }

  /** Adds it, to be checked in that many milliseconds; one that is known only gets its host anew. */
  put(connectionId: string, options: { host: string; dueInMs: number; isSlow: boolean }): void {
    if (this.#stopped) return;
    const known = this.#entries.get(connectionId);
    if (known !== undefined) {
      known.host = options.host;
      return;
    }
    const entry: Entry = {
      connectionId,
      host: options.host,
      isSlow: options.isSlow,
      dueAt: 0,
      isDue: false,
      again: false,
      running: null,
      queued: null,
      stopTimer: null,
      waiters: new Set(),
    };
    this.#entries.set(connectionId, entry);
    this.#arm(entry, options.dueInMs);
  }

  /** Forgets it; a check under way is aborted. */
  remove(connectionId: string): void {
    const entry = this.#entries.get(connectionId);
    if (entry === undefined) return;
    this.#entries.delete(connectionId);
    entry.stopTimer?.();
    entry.queued?.withdraw();
    entry.running?.abort(new Error('the connection is no longer to be checked'));
    this.#tell(entry, 'SKIPPED');
  }

  /**
   * Checks it now, before those whose interval ended. `restart` ends a check under way, which began on older grounds.
   */
  hurry(connectionId: string, options: { restart?: boolean } = {}): void {
    const entry = this.#entries.get(connectionId);
    if (entry === undefined) return;
    if (entry.running === null) {
      entry.isDue = true;
      this.#enqueue(entry, true);
    } else if (options.restart === true) {
      entry.again = true;
      entry.isSlow = false;
      entry.running.abort(new Error('the connection was changed'));
    }
  }

  /**
   * Checks it now and tells the outcome; a check under way serves. Aborting the signal resolves SKIPPED and calls the
   * check off where it has not begun and nobody else waits for it.
   */
  checkNow(connectionId: string, options: { isUrgent: boolean; signal: AbortSignal }): Promise<CheckOutcome> {
    const entry = this.#entries.get(connectionId);
    if (entry === undefined || options.signal.aborted) return Promise.resolve('SKIPPED');
    return new Promise((resolve) => {
      const done = (outcome: CheckOutcome): void => {
        options.signal.removeEventListener('abort', giveUp);
        resolve(outcome);
      };
      const giveUp = (): void => {
        entry.waiters.delete(done);
        if (entry.waiters.size === 0 && !entry.isDue) this.#callOff(entry);
        done('SKIPPED');
      };
      options.signal.addEventListener('abort', giveUp, { once: true });
      entry.waiters.add(done);
      if (entry.running === null) this.#enqueue(entry, options.isUrgent);
    });
  }

  isRunning(connectionId: string): boolean {
    return (this.#entries.get(connectionId)?.running ?? null) !== null;
  }

  /** Aborts what is under way, leaves no timer, and resolves when all has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const connectionId of [...this.#entries.keys()]) this.remove(connectionId);
    await Promise.all(this.#underWay);
  }

  #arm(entry: Entry, inMs: number): void {
    entry.stopTimer?.();
    entry.dueAt = this.options.clock.monotonic() + inMs;
    entry.stopTimer = this.options.clock.after(Math.max(inMs, 0), () => {
      entry.stopTimer = null;
      entry.isDue = true;
      this.#enqueue(entry, false);
    });
  }

  #enqueue(entry: Entry, isUrgent: boolean): void {
    if (entry.running !== null || entry.queued?.isUrgent === true || (entry.queued !== null && !isUrgent)) return;
    entry.stopTimer?.();
    entry.stopTimer = null;
    entry.queued?.withdraw();
    const admit = (place: Place): void => {
      const running = new AbortController();
      entry.running = running;
      entry.queued = null;
      entry.isDue = false;
      const run = this.#run(entry, place, running);
      this.#underWay.add(run);
      void run.finally(() => this.#underWay.delete(run));
    };
    const withdraw = this.#lanes.enter({ host: entry.host, isSlow: entry.isSlow, isUrgent, admit });
    // A free lane admits at once, within enter.
    if (!this.isRunning(entry.connectionId)) entry.queued = { isUrgent, withdraw };
  }

  #callOff(entry: Entry): void {
    if (entry.queued === null) return;
    entry.queued.withdraw();
    entry.queued = null;
    this.#arm(entry, entry.dueAt - this.options.clock.monotonic());
  }

  async #run(entry: Entry, place: Place, running: AbortController): Promise<void> {
    const stopPatience = this.#giveWayLater(place);
    const leave = (): void => {
      stopPatience();
      place.leave();
    };
    let ran: Ran;
    try {
      ran = await this.options.run(entry.connectionId, running.signal, leave);
    } catch (error) {
      if (!running.signal.aborted) {
        const { connectionId } = entry;
        this.options.logger.error({ err: error, connectionId }, 'a check could not be made, it is tried again');
      }
      ran = { outcome: 'SKIPPED', nextInMs: this.options.retryMs, isSlow: entry.isSlow };
    }
    entry.running = null;
    if (this.#entries.get(entry.connectionId) === entry) this.#settle(entry, ran);
    leave();
  }

  #settle(entry: Entry, ran: Ran): void {
    if (entry.again) {
      entry.again = false;
      entry.isDue = true;
      this.#enqueue(entry, true);
      return;
    }
    entry.isSlow = ran.isSlow;
    this.#tell(entry, ran.outcome);
    if (ran.nextInMs === null) this.remove(entry.connectionId);
    else this.#arm(entry, ran.nextInMs);
  }

  #giveWayLater(place: Place): () => void {
    let stop = (): void => undefined;
    const arm = (): void => {
      stop = this.options.clock.after(this.options.lanes.patienceMs, () => {
        if (!place.yieldStart()) arm();
      });
    };
    arm();
    return () => {
      stop();
    };
  }

  #tell(entry: Entry, outcome: CheckOutcome): void {
    const waiters = [...entry.waiters];
    entry.waiters.clear();
    for (const done of waiters) done(outcome);
  }
}
