import type { Clock } from '../clock.js';
import type { Logger } from '../log/logger.js';
import type { Doorbell } from './doorbell.js';
import type { EventLog } from './event-log.js';
import type { EventName, StoredEvent } from './event-payloads.js';

const PAGE = 500;

interface Options {
  readonly events: EventLog;
  readonly doorbell: Doorbell;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The safety net for what no doorbell rang for: commits of another process. Default 2 s. */
  readonly pollEveryMs?: number;
}

/** Hears events in order, a page at a time. A listener that throws is logged; the others still hear the page. */
export type EventListener<Name extends EventName = EventName> = (events: readonly StoredEvent<Name>[]) => void;

/**
 * The one reader of the event log in this process. It tells each event once and in the order of commits, to all who
 * listen. `position` is the number of the last event that they were told: whoever reads a state after looking at
 * `position` misses nothing.
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

  /**
   * Tells the listener the events of these names, without calling it where a page has none. Gives the function that
   * ends it.
   */
  on<Name extends EventName>(names: Name | readonly Name[], listener: EventListener<Name>): () => void {
    const wanted = new Set<EventName>(typeof names === 'string' ? [names] : names);
    return this.subscribe((events) => {
      const heard = events.filter((event): event is StoredEvent & StoredEvent<Name> => wanted.has(event.type));
      if (heard.length > 0) listener(heard);
    });
  }

  /** Tells the listener every event. Gives the function that ends the subscription. */
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

  #tell(listener: EventListener, events: readonly StoredEvent[]): void {
    try {
      listener(events);
    } catch (error) {
      this.options.logger.error({ err: error, from: events[0]?.seq }, 'a listener to events failed');
    }
  }
}
