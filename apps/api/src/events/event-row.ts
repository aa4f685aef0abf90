import type { NewEvent, StoredEvent } from './event-payloads.js';
import type { Event } from './event.entity.js';

// The connection that an event is about has a column of its own, by which events are looked up. To those who announce
// and listen it is part of the payload.

export function toRow({ type, payload }: NewEvent): Pick<Event, 'type' | 'connectionId' | 'payload'> {
  const { connectionId = null, ...rest } = payload as { readonly connectionId?: string };
  return { type, connectionId, payload: rest };
}

/** What stands in the row was written as an event of that name, so its payload is that of the name. */
export function fromRow({ seq, at, type, connectionId, payload }: Event): StoredEvent {
  const whole = connectionId === null ? payload : { ...payload, connectionId };
  return { seq, at, type, payload: whole } as unknown as StoredEvent;
}
