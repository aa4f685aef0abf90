import type { NewEvent } from '../../src/events/event-payloads.js';

declare module '../../src/events/event-payloads.js' {
  interface EventPayloads {
    /** Announced by tests alone. It is about no connection. */
    readonly 'thing.changed': { readonly thing: string };
  }
}

export const thingChanged = (thing = 'a thing'): NewEvent => ({ type: 'thing.changed', payload: { thing } });
