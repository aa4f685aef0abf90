import type { RoutingTable } from '../routing/routing-table.js';

const LATEST = ':latest';

/**
 * The public name that an Ollama client means. An absent tag means `:latest` there, and clients add it by themselves:
 * so `llama3` finds `llama3:latest`, and `gpt-4o:latest` finds `gpt-4o`, where nothing has exactly that name. Gives the
 * name as it is where none is found.
 */
export function routedName(table: RoutingTable, name: string): string {
  if (table.find(name) !== undefined) return name;
  const hasTag = name.slice(name.lastIndexOf('/') + 1).includes(':');
  const other = hasTag ? (name.endsWith(LATEST) ? name.slice(0, -LATEST.length) : null) : name + LATEST;
  return other !== null && table.find(other) !== undefined ? other : name;
}
