import type { AuditChange } from '../../database/write.js';
import type { Connection } from '../connection.entity.js';
import { API_KEY_SLOT } from '../endpoint/endpoint-plan.js';
import { SETTING_NAMES } from './connection-settings.js';

/** A connection's configuration, in the order in which audit entries name its changes. */
const FIELDS = ['kind', 'name', 'url', 'enabled', 'auth', 'headers', ...SETTING_NAMES] as const;

type Configuration = Pick<Connection, (typeof FIELDS)[number]>;

const MAX_CHARACTERS = 1_000;

/** One change for each field that differs; of a new connection one for each field that has a value. */
export function changesBetween(before: Configuration | null, after: Configuration): AuditChange[] {
  return FIELDS.flatMap((field) => {
    const [was, is] = [before === null ? null : textOf(before[field]), textOf(after[field])];
    return was === is ? [] : [{ field, before: shorten(was), after: shorten(is) }];
  });
}

/** Which secrets were set, replaced or removed, never their values. `stored`: the slots that held one before. */
export function secretChanges(
  stored: readonly string[],
  sealed: Iterable<string>,
  dropped: readonly string[],
): AuditChange[] {
  const change = (slot: string, after: string): AuditChange => ({ field: fieldOf(slot), before: null, after });
  return [
    ...[...sealed].map((slot) => change(slot, stored.includes(slot) ? 'replaced' : 'set')),
    ...dropped.map((slot) => change(slot, 'removed')),
  ];
}

const fieldOf = (slot: string): string => (slot === API_KEY_SLOT ? slot : slot.replace(/^header:/, 'headers.'));

function textOf(value: Configuration[keyof Configuration]): string | null {
  if (value === null || value === '') return null;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return value.length === 0 ? null : value.map(entryText).join(', ');
}

function entryText(entry: Configuration['headers' | 'modelAliases' | 'tags'][number]): string {
  if (typeof entry === 'string') return entry;
  if ('upstreamId' in entry) return `${entry.upstreamId} → ${entry.name}`;
  return entry.secret ? `${entry.name} (secret)` : `${entry.name}: ${entry.value ?? ''}`;
}

function shorten(text: string | null): string | null {
  return text !== null && text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS - 1)}…` : text;
}
