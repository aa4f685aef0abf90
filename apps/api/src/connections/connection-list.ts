import { In, IsNull, MoreThan, type FindOptionsWhere } from 'typeorm';
import { ENDPOINT_KINDS, type EndpointKind } from '@intrallm/providers';
import type { Reader } from '../database/database.js';
import { readInPages } from '../database/in-pages.js';
import { Connection } from './connection.entity.js';
import type { ConnectionStatus } from './connection.types.js';
import { ConnectionHealth } from './health/connection-health.entity.js';
import { requireShortSearch } from './search-text.js';

/** Connections that are read in one go. */
const CONNECTIONS_A_PAGE = 128;

/** Which connections are meant; what is absent or null does not narrow. */
export interface ConnectionFilter {
  readonly kind?: EndpointKind | null;
  readonly status?: readonly ConnectionStatus[] | null;
  readonly enabled?: boolean | null;
  readonly tag?: string | null;
  readonly pool?: string | null;
  /** Found in name or URL, whatever the case. */
  readonly search?: string | null;
}

/**
 * Every connection that matches and is not removed: by kind in the order of ENDPOINT_KINDS, then by priority, then by
 * name.
 */
export async function listConnections(
  reader: Pick<Reader, 'find'>,
  filter: ConnectionFilter = {},
): Promise<Connection[]> {
  requireShortSearch('filter.search', filter.search);
  const where: FindOptionsWhere<Connection> = {
    removedAt: IsNull(),
    ...(filter.kind == null ? {} : { kind: filter.kind }),
    ...(filter.enabled == null ? {} : { enabled: filter.enabled }),
    ...(filter.pool == null ? {} : { pool: filter.pool }),
  };
  const found = await readInPages<Connection>(
    Infinity,
    (after, take) =>
      reader.find(Connection, {
        where: after === null ? where : { ...where, id: MoreThan(after.id) },
        order: { id: 'ASC' },
        take,
      }),
    CONNECTIONS_A_PAGE,
  );
  const withStatus = filter.status == null ? null : await idsWithStatus(reader, filter.status);
  return found.filter((connection) => matches(connection, filter, withStatus)).sort(inListOrder);
}

async function idsWithStatus(
  reader: Pick<Reader, 'find'>,
  statuses: readonly ConnectionStatus[],
): Promise<ReadonlySet<string>> {
  const rows = await reader.find(ConnectionHealth, {
    where: { status: In([...new Set(statuses)]) },
    select: { connectionId: true },
  });
  return new Set(rows.map((row) => row.connectionId));
}

function matches(connection: Connection, filter: ConnectionFilter, withStatus: ReadonlySet<string> | null): boolean {
  if (withStatus !== null && !withStatus.has(connection.id)) return false;
  if (filter.tag != null && !connection.tags.includes(filter.tag)) return false;
  if (filter.search == null) return true;
  const search = filter.search.trim().toLowerCase();
  return connection.name.toLowerCase().includes(search) || connection.url.toLowerCase().includes(search);
}

function inListOrder(one: Connection, other: Connection): number {
  if (one.kind !== other.kind) return ENDPOINT_KINDS.indexOf(one.kind) - ENDPOINT_KINDS.indexOf(other.kind);
  if (one.priority !== other.priority) return one.priority - other.priority;
  return one.nameKey < other.nameKey ? -1 : one.nameKey > other.nameKey ? 1 : 0;
}
