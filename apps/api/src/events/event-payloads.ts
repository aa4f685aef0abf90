/**
 * What each event says, by the name of the event: `noun.pastVerb`. A payload is plain JSON without secrets. The domain
 * that announces an event adds it here from its own folder, as connections/connection-events.ts does:
 * `declare module '../events/event-payloads.js' { interface EventPayloads { … } }`.
 *
 * @public exported although nothing imports it: only an exported interface can be added to.
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- events belong to the domains
export interface EventPayloads {}

export type EventName = keyof EventPayloads;

/** An announcement as the write makes it: stored in the order of commits, then told to subscribers. */
export type NewEvent<Name extends EventName = EventName> = {
  [N in Name]: { readonly type: N; readonly payload: EventPayloads[N] };
}[Name];

/** An announcement as it is stored. `seq` is its place in the order of commits. */
export type StoredEvent<Name extends EventName = EventName> = NewEvent<Name> & {
  readonly seq: number;
  readonly at: Date;
};
