import type { Clock } from '../clock.js';
import type { Logger } from '../log/logger.js';
import type { Doorbell } from './doorbell.js';
import type { EventLog } from './event-log.js';
import type { Event } from './event.entity.js';

const PAGE = 500;

interface Options {
  readonly events: EventLog;
  readonly doorbell: Doorbell;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The safety net for what no doorbell rang for: commits of another process. Default 2 s. */
  readonly pollEveryMs?: number;
}

/** Hears events in order, a page at a time. What it throws is logged, and the others hear the page all the same. */
export type EventListener = (events: readonly Event[]) => void;

/**
 * The one reader of the event log in this process: each event once and in commit order, to all who listen. `position` is
 * the number of the last event they were told, so who reads a state after looking at `position` misses nothing.
 */
export class EventTail {
  readonly #listeners = new Set<EventListener>();
  #position = 0;
  #stopped = true;
  #isAsked = false;
  #reading: Promise<void> | null = null;
  #stopTimer: (() => void) | null = null;
  #stopHearing: (() => void) | null = null;

  constructor(private readonly options: Options) {}

  get position(): number {
    return this.#position;
  }

  /** Begins behind the last event there is. */
  async start(): Promise<void> {
    this.#position = await this.options.events.head();
    this.#stopped = false;
    this.#stopHearing = this.options.doorbell.subscribe(() => this.#wake());
    this.#schedule();
    this.#wake();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#isAsked = false;
    this.#stopHearing?.();
    this.#stopTimer?.();
    await this.#reading;
  }

  /** Gives the function that ends the subscription. */
  subscribe(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #schedule(): void {
    this.#stopTimer = this.options.clock.after(this.options.pollEveryMs ?? 2_000, () => {
      this.#schedule();
      this.#wake();
    });
  }

  #wake(): void {
    if (this.#stopped) return;
    this.#isAsked = true;
    this.#reading ??= this.#read();
  }

  async #read(): Promise<void> {
    while (this.#isAsked) {
      this.#isAsked = false;
      try {
        const events = await this.options.events.readAfter(this.#position, PAGE);
        const last = events.at(-1);
        if (last === undefined || this.#stopped) continue;
        this.#position = last.seq;
        if (events.length === PAGE) this.#isAsked = true;
        for (const listener of [...this.#listeners]) this.#tell(listener, events);
      } catch (error) {
        this.options.logger.warn({ err: error }, 'the event log could not be read, the next poll tries again');
      }
    }
    this.#reading = null;
  }

  #tell(listener: EventListener, events: readonly Event[]): void {
    try {
      listener(events);
    } catch (error) {
      this.options.logger.error({ err: error, from: events[0]?.seq }, 'a listener to events failed');
    }
  }
}
