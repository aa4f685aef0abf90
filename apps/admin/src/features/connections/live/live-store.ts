import type { ApolloClient } from '@apollo/client';
import { onAnswer } from '../../../lib/apollo/answers.js';
import { applyEvents, dropOthers, type StatusEvent } from '../cache-updates.js';

const BATCH_MS = 50;
/** The uptime history is no part of an event: it is read again so long after the last change. */
const HISTORY_DELAY_MS = 1500;

/**
 * Writes status events into Apollo's cache. Events are written in batches: a snapshot of a thousand connections is one
 * change of the page, not a thousand. An answer that was asked for before an event and comes after it does not undo it.
 */
export class LiveStore {
  #waiting: StatusEvent[] = [];
  #batchTimer: ReturnType<typeof setTimeout> | undefined;
  #historyTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #changed = new Set<string>();
  /** The last event of each connection, and when it came. */
  readonly #latest = new Map<string, { readonly event: StatusEvent; readonly cameAt: number }>();
  readonly #stopListening: () => void;

  constructor(
    private readonly client: ApolloClient,
    private readonly onChanged: (ids: readonly string[]) => void,
  ) {
    this.#stopListening = onAnswer(client, (askedAt) => this.#applyNewerThan(askedAt));
  }

  take(event: StatusEvent): void {
    this.#waiting.push(event);
    if (event.connectionId) this.#latest.set(event.connectionId, { event, cameAt: performance.now() });
    this.#batchTimer ??= setTimeout(() => this.#flush(), BATCH_MS);
    if (event.kind !== 'CHANGED' || !event.connection) return;
    this.#changed.add(event.connection.id);
    clearTimeout(this.#historyTimer);
    this.#historyTimer = setTimeout(() => this.#tellChanged(), HISTORY_DELAY_MS);
  }

  /** Writes what waits, and drops every connection that a snapshot does not name. */
  keepOnly(ids: ReadonlySet<string>): void {
    this.#flush();
    dropOthers(this.client.cache, ids);
    for (const id of this.#latest.keys()) if (!ids.has(id)) this.#latest.delete(id);
  }

  /** Leaves no timer. Events that wait are dropped. */
  stop(): void {
    this.#stopListening();
    clearTimeout(this.#batchTimer);
    clearTimeout(this.#historyTimer);
  }

  #flush(): void {
    clearTimeout(this.#batchTimer);
    this.#batchTimer = undefined;
    const events = this.#waiting;
    this.#waiting = [];
    if (events.length > 0) applyEvents(this.client.cache, events);
  }

  #applyNewerThan(askedAt: number): void {
    const newer = [...this.#latest.values()].filter(({ cameAt }) => cameAt >= askedAt).map(({ event }) => event);
    if (newer.length > 0) applyEvents(this.client.cache, newer);
  }

  #tellChanged(): void {
    const ids = [...this.#changed];
    this.#changed.clear();
    this.onChanged(ids);
  }
}
