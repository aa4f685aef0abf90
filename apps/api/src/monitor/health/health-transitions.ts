import type { Problem } from '@intrallm/providers';
import { systemClock, type Clock } from '../../clock.js';
import type { StatusPayload } from '../../connections/connection-events.js';
import type { ConnectionStatus } from '../../connections/health/connection-health.entity.js';
import type { Database } from '../../database/database.js';
import type { EventName } from '../../events/event-payloads.js';

const HOUR_MS = 3_600_000;
/** Announcements of one connection that are looked at: edits and new models are among them, and are no transitions. */
const MOST_EVENTS = 500;

/** A moment at which a connection took another status, or had another problem with the same one. */
export interface Transition {
  readonly at: Date;
  readonly previous: ConnectionStatus | null;
  readonly status: ConnectionStatus;
  readonly problem: Problem | null;
}

interface Options {
  readonly database: Database;
  readonly clock?: Clock;
}

/**
 * When connections changed, read from the announcements of the status stream: what subscribers were told, and nothing
 * that a single check alone would suggest.
 */
export class HealthTransitions {
  readonly #clock: Clock;

  constructor(private readonly options: Options) {
    this.#clock = options.clock ?? systemClock;
  }

  /** Of the last `hours`, newest first, of each connection. */
  async of(connectionIds: readonly string[], hours: number): Promise<Map<string, Transition[]>> {
    const rows: RawEvent[] = await this.options.database.read.query(
      `SELECT * FROM (
         SELECT "connectionId", "at", "payload",
                ROW_NUMBER() OVER (PARTITION BY "connectionId" ORDER BY "seq" DESC) AS "place"
         FROM "event" WHERE "connectionId" IN (${connectionIds.map((_id, index) => this.#parameter(index)).join(', ')})
           AND "type" = ${this.#parameter(connectionIds.length)}
       ) "ranked" WHERE "place" <= ${String(MOST_EVENTS)} ORDER BY "place"`,
      [...connectionIds, 'connection.changed' satisfies EventName],
    );
    const byConnection = new Map(connectionIds.map((id) => [id, [] as RawEvent[]]));
    for (const row of rows) byConnection.get(row.connectionId)?.push(row);
    return new Map([...byConnection].map(([id, events]) => [id, this.within(transitionsAmong(events), hours)]));
  }

  /** Those of the last `hours`. */
  within(transitions: readonly Transition[], hours: number): Transition[] {
    const since = this.#clock.now() - hours * HOUR_MS;
    return transitions.filter(({ at }) => at.getTime() >= since);
  }

  #parameter(index: number): string {
    return this.options.database.kind === 'postgres' ? `$${String(index + 1)}` : '?';
  }
}

interface RawEvent {
  readonly connectionId: string;
  readonly at: string;
  readonly payload: string;
}

/** `events`: newest first. The one before a change tells which problem there was until then. */
function transitionsAmong(events: readonly RawEvent[]): Transition[] {
  const told = events.map(({ at, payload }) => ({ at, ...(JSON.parse(payload) as StatusPayload) }));
  return told.flatMap(({ at, previous, status, problem }, index): Transition[] => {
    const before = told[index + 1];
    const isSame = previous === status && before?.problem?.code === problem?.code;
    if (isSame || status === null) return [];
    return [{ at: new Date(at), previous, status, problem }];
  });
}
