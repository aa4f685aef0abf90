import type { ConnectionRow_connectionFragment } from '@intrallm/schema';
import { toneOf, type StatusTone } from '../../../lib/status-tone.js';

type Connection = ConnectionRow_connectionFragment;
type Filtered = Pick<Connection, 'name' | 'url' | 'tags' | 'enabled' | 'status'>;

export type StatusChoice = 'all' | StatusTone;

export interface Filter {
  search: string;
  status: StatusChoice;
}

export const noFilter: Filter = { search: '', status: 'all' };

export function isFiltering(filter: Filter): boolean {
  return filter.search.trim() !== '' || filter.status !== 'all';
}

/** Every word of the search has to be in the name, the URL or a tag; letters are equal in both cases. */
export function matches(connection: Filtered, { search, status }: Filter): boolean {
  if (status !== 'all' && choiceOf(connection) !== status) return false;
  const text = [connection.name, connection.url, ...connection.tags].join('\n').toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** How many there are of each choice. */
export function countChoices(connections: readonly Filtered[]): Record<StatusChoice, number> {
  const counts: Record<StatusChoice, number> = { all: connections.length, online: 0, attention: 0, offline: 0, off: 0 };
  for (const connection of connections) counts[choiceOf(connection)] += 1;
  return counts;
}

/**
 * The order of the contract: by priority, then by name. The server sorts too; a change that comes live is put in its
 * place here.
 */
export function compareConnections(
  one: Pick<Connection, 'priority' | 'name'>,
  other: Pick<Connection, 'priority' | 'name'>,
): number {
  return (
    one.priority - other.priority || one.name.localeCompare(other.name, 'en', { sensitivity: 'base', numeric: true })
  );
}

function choiceOf(connection: Filtered): StatusTone {
  return connection.enabled ? toneOf(connection.status) : 'off';
}
