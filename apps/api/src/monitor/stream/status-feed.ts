import { systemClock, type Clock } from '../../clock.js';
import type { Connection } from '../../connections/connection.entity.js';
import type { Database } from '../../database/database.js';
import { badInput } from '../../errors.js';
import type { EventLog } from '../../events/event-log.js';
import type { EventTail } from '../../events/event-tail.js';
import { cursorExpired, formatCursor, parseCursor } from './cursor.js';
import { Snapshots } from './snapshots.js';
import { changeOf, checkpointAt, STATUS_EVENTS, type StatusEvent, type StoredStatusEvent } from './status-event.js';
import { stoppable, Subscriber, type Stream } from './subscriber.js';

/** Who heard nothing for one round gets a checkpoint, so that at most 60 s pass between two events of a subscriber. */
const CHECKPOINT_ROUND_MS = 25_000;
const REPLAY_PAGE = 500;
const MAX_IDS = 1_000;

interface Options {
  readonly database: Database;
  readonly events: EventLog;
  readonly tail: EventTail;
  readonly clock?: Clock;
}

/** Null: all connections. */
type Ids = ReadonlySet<string> | null;

interface Member {
  readonly subscriber: Subscriber<StatusEvent>;
  readonly ids: Ids;
  /** Events up to here were told otherwise. */
  readonly behind: number;
}

/** The status stream of docs/status-stream.md: one reader of the log, many subscribers. */
export class StatusFeed {
  readonly #members = new Set<Member>();
  readonly #clock: Clock;
  readonly #snapshots: Snapshots;
  #installation: string | null = null;
  #stopListening: (() => void) | null = null;
  #stopTimer: (() => void) | null = null;

  constructor(private readonly options: Options) {
    this.#clock = options.clock ?? systemClock;
    this.#snapshots = new Snapshots(options.database, this.#clock);
  }

  /** The tail must have started. */
  async start(): Promise<void> {
    this.#installation = await this.options.events.installation();
    this.#stopListening = this.options.tail.on(STATUS_EVENTS, (events) => this.#fanOut(events));
    this.#scheduleRound();
  }

  /** Ends every subscription without an error. */
  stop(): void {
    this.#stopListening?.();
    this.#stopTimer?.();
    for (const { subscriber } of this.#members) subscriber.end();
    this.#members.clear();
  }

  /** Subscribers now, for the metrics. */
  get size(): number {
    return this.#members.size;
  }

  /**
   * Without `after` one SNAPSHOT for each connection, a CHECKPOINT, then every change; with it every change behind that
   * cursor. Throws CURSOR_EXPIRED before anything is told. Reading it throws OVERLOADED when the reader lags too far
   * behind; it ends when the feed stops. The caller must `return` it, or read it to its end.
   */
  async subscribe(ids: readonly string[] | null, after: string | null): Promise<Stream<StatusEvent>> {
    if ((ids?.length ?? 0) > MAX_IDS)
      throw badInput([{ field: 'ids', message: `At most ${MAX_IDS} ids may be given.` }]);
    const wanted = ids === null ? null : new Set(ids);
    const stop = new AbortController();
    if (after === null) return stoppable(this.#fromSnapshot(wanted, stop.signal), stop);
    const cursor = parseCursor(after, { installation: this.#installationId, now: this.#clock.now() });
    // Another process may be ahead of our tail; what no ledger has numbered yet is of another history.
    if (cursor.seq > this.options.tail.position && cursor.seq > (await this.options.events.head()))
      throw cursorExpired();
    return stoppable(this.#fromCursor(wanted, cursor.seq, stop.signal), stop);
  }

  /** All connections as they stand, for those who do not subscribe; in the order of `connections`. */
  async snapshot(filter: {
    readonly ids: readonly string[] | null;
    readonly tag: string | null;
  }): Promise<readonly StatusEvent[]> {
    const ids = filter.ids === null ? null : new Set(filter.ids);
    const { tag } = filter;
    return (await this.#snapshots.all(this.options.tail.position)).filter(
      (event) => isWanted(ids, event.connectionId) && (tag === null || (event.tags?.includes(tag) ?? false)),
    );
  }

  async *#fromSnapshot(ids: Ids, stop: AbortSignal): AsyncGenerator<StatusEvent, void, undefined> {
    // The place in the log first, the state after it: what changes in between is told twice rather than never.
    const position = this.options.tail.position;
    const member = this.#join(ids, position, stop);
    try {
      for (const event of await this.#snapshots.all(position)) if (isWanted(ids, event.connectionId)) yield event;
      yield this.#checkpoint(position);
      yield* member.subscriber.read();
    } finally {
      this.#leave(member);
    }
  }

  async *#fromCursor(ids: Ids, seq: number, stop: AbortSignal): AsyncGenerator<StatusEvent, void, undefined> {
    const position = Math.max(this.options.tail.position, seq);
    const member = this.#join(ids, position, stop);
    try {
      for (let from = seq; from < position;) {
        const events = await this.options.events.readAfter(from, REPLAY_PAGE, STATUS_EVENTS);
        const missed = events.filter((event) => event.seq <= position);
        for (const event of this.#tell(missed)) if (isWanted(ids, event.connectionId)) yield event;
        from = events.length < REPLAY_PAGE ? position : (events.at(-1)?.seq ?? position);
      }
      yield* member.subscriber.read();
    } finally {
      this.#leave(member);
    }
  }

  #fanOut(events: readonly StoredStatusEvent[]): void {
    if (this.#members.size === 0) return;
    for (const [index, event] of this.#tell(events).entries()) {
      const seq = events[index]?.seq ?? 0;
      for (const { ids, behind, subscriber } of this.#members) {
        if (seq > behind && isWanted(ids, event.connectionId)) subscriber.push(event);
      }
    }
  }

  /** Events as subscribers get them; the connections of all of them are looked up once, when the first is asked for. */
  #tell(events: readonly StoredStatusEvent[]): StatusEvent[] {
    let lookUp: Promise<ReadonlyMap<string, Connection>> | null = null;
    const ids = [...new Set(events.map(({ payload }) => payload.connectionId))];
    return events.map((event) => {
      const cursor = formatCursor({ seq: event.seq, at: event.at.getTime() }, this.#installationId);
      return changeOf(event, cursor, async () => {
        lookUp ??= this.#snapshots.connections(ids);
        return (await lookUp).get(event.payload.connectionId) ?? null;
      });
    });
  }

  #join(ids: Ids, behind: number, stop: AbortSignal): Member {
    const member = { subscriber: new Subscriber<StatusEvent>(), ids, behind };
    this.#members.add(member);
    stop.addEventListener('abort', () => this.#leave(member), { once: true });
    return member;
  }

  #leave(member: Member): void {
    this.#members.delete(member);
    member.subscriber.end();
  }

  #scheduleRound(): void {
    this.#stopTimer = this.#clock.after(CHECKPOINT_ROUND_MS, () => {
      this.#scheduleRound();
      const position = this.options.tail.position;
      const checkpoint = this.#checkpoint(position);
      for (const { subscriber, behind } of this.#members) {
        if (!subscriber.isLively && behind <= position) subscriber.push(checkpoint);
        subscriber.isLively = false;
      }
    });
  }

  #checkpoint(position: number): StatusEvent {
    const now = this.#clock.now();
    return checkpointAt(formatCursor({ seq: position, at: now }, this.#installationId), new Date(now));
  }

  get #installationId(): string {
    if (this.#installation === null) throw new Error('the status feed has not started');
    return this.#installation;
  }
}

function isWanted(ids: Ids, connectionId: string | null): boolean {
  return ids === null || (connectionId !== null && ids.has(connectionId));
}
