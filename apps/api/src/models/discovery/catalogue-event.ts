import type { NewEvent } from '../../events/event-payloads.js';

declare module '../../events/event-payloads.js' {
  interface EventPayloads {
    readonly 'catalogue.changed': CataloguePayload;
  }
}

/** Ids of each sort that an announcement carries; with more, readers read the list again. */
export const MAX_IDS = 100;

interface CataloguePayload {
  readonly connectionId: string;
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly vanished: readonly string[];
  readonly more: boolean;
}

type Ids = Partial<Pick<CataloguePayload, 'added' | 'changed' | 'vanished'>>;

/** The announcement of what readers of the catalogue see differently; null where that is nothing. */
export function catalogueChanged(
  connectionId: string,
  { added = [], changed = [], vanished = [] }: Ids,
): NewEvent<'catalogue.changed'> | null {
  const sorts = [added, changed, vanished];
  if (sorts.every((ids) => ids.length === 0)) return null;
  const payload: CataloguePayload = {
    connectionId,
    added: added.slice(0, MAX_IDS),
    changed: changed.slice(0, MAX_IDS),
    vanished: vanished.slice(0, MAX_IDS),
    more: sorts.some((ids) => ids.length > MAX_IDS),
  };
  return { type: 'catalogue.changed', payload };
}
