import type { SelectQueryBuilder } from 'typeorm';
import { type ModelCapability, type EndpointKind } from '@intrallm/providers';
import { Connection } from '../connections/connection.entity.js';
import { ConnectionHealth } from '../connections/health/connection-health.entity.js';
import type { Database } from '../database/database.js';
import { readInPages } from '../database/in-pages.js';
import { nameCondition } from './audience-condition.js';
import type { Audience } from './audience.js';
import { Model } from './model.entity.js';
import type { ListedModel } from './model.types.js';

/** Which models are meant; what is absent or null does not narrow. */
export interface ModelFilter {
  readonly connectionIds?: readonly string[] | null;
  readonly kind?: EndpointKind | null;
  readonly capability?: ModelCapability | null;
  /** Models of unknown capabilities pass `capability`. Default: true. */
  readonly capabilityUnknown?: boolean | null;
  readonly available?: boolean | null;
  /** Found in name or upstream id, whatever the case. */
  readonly search?: string | null;
  readonly includeDisabled?: boolean | null;
  readonly includeVanished?: boolean | null;
}

export type ModelQuery = SelectQueryBuilder<Model>;

const AVAILABLE = `(c.enabled AND h.status IN ('ONLINE', 'DEGRADED') AND m.confirmed AND m.vanishedAt IS NULL)`;

/** Columns by the name that rows have them under. */
const COLUMNS = {
  id: 'm.id',
  connectionId: 'm.connectionId',
  pool: 'c.pool',
  name: 'm.name',
  upstreamId: 'm.upstreamId',
  ownedBy: 'm.ownedBy',
  capabilities: 'COALESCE(m.setCapabilities, m.statedCapabilities)',
  contextLength: 'm.contextLength',
  family: 'm.family',
  parameterSize: 'm.parameterSize',
  quantization: 'm.quantization',
  sizeBytes: 'm.sizeBytes',
  loaded: 'm.loaded',
  available: AVAILABLE,
  firstSeenAt: 'm.firstSeenAt',
  lastSeenAt: 'm.lastSeenAt',
  vanishedAt: 'm.vanishedAt',
  namedAt: 'm.namedAt',
};

type Row = Record<keyof typeof COLUMNS, string | number | boolean | null>;

/** Models of connections that are not removed, as far as their allowlist shows them and the audience sees them. */
export function modelQuery(database: Database, audience: Audience): ModelQuery {
  const query = database.read
    .createQueryBuilder(Model, 'm')
    .innerJoin(Connection, 'c', 'c.id = m.connectionId')
    .innerJoin(ConnectionHealth, 'h', 'h.connectionId = m.connectionId')
    .where('m.listed AND c.removedAt IS NULL');
  return narrowTo(database, query, audience);
}

/** Only what the audience sees of the models that the query calls `m`. */
export function narrowTo(database: Database, query: ModelQuery, { patterns }: Audience): ModelQuery {
  if (patterns === null) return query;
  const values: Record<string, string> = {};
  const bind = (value: string): string => {
    const name = `seen${String(Object.keys(values).length)}`;
    values[name] = value;
    return `:${name}`;
  };
  // Of the table once more: the index on names finds them, and not every model is held against each entry of a list.
  const seen = nameCondition(database, { patterns, column: '"seen"."name"', bind });
  return query.andWhere(`m.id IN (SELECT "seen"."id" FROM "model" "seen" WHERE ${seen})`, values);
}

export function applyFilter(query: ModelQuery, filter: ModelFilter): ModelQuery {
  if (filter.includeDisabled !== true) query.andWhere('c.enabled');
  if (filter.includeVanished !== true) query.andWhere('m.vanishedAt IS NULL');
  if (filter.connectionIds != null) {
    if (filter.connectionIds.length === 0) query.andWhere('1 = 0');
    else query.andWhere('m.connectionId IN (:...connectionIds)', { connectionIds: filter.connectionIds });
  }
  if (filter.kind != null) query.andWhere('c.kind = :kind', { kind: filter.kind });
  if (filter.available != null) query.andWhere(filter.available ? AVAILABLE : `NOT ${AVAILABLE}`);
  if (filter.capability != null) applyCapability(query, filter.capability, filter.capabilityUnknown !== false);
  if (filter.search != null && filter.search.trim() !== '') applySearch(query, filter.search.trim());
  return query;
}

/** The order of every list of models: by the bytes of the name, then of the id. */
function inNameOrder(database: Database, query: ModelQuery): ModelQuery {
  const [name, id] = bytewise(database);
  return query.orderBy(name, 'ASC').addOrderBy(id, 'ASC');
}

/** Only what comes behind that position in the order of names. */
export function afterPosition(
  database: Database,
  query: ModelQuery,
  position: { name: string; id: string },
): ModelQuery {
  const [name, id] = bytewise(database);
  // A page may begin behind a position that lies behind another one.
  const number = String(Object.keys(query.getParameters()).length);
  const [afterName, afterId] = [`afterName${number}`, `afterId${number}`];
  const values = { [afterName]: position.name, [afterId]: position.id };
  return query.andWhere(`(${name} >= :${afterName} AND (${name} > :${afterName} OR ${id} > :${afterId}))`, values);
}

/** SQLite compares bytes by itself; PostgreSQL goes by the language of the database unless told. */
export const bytewise = (database: Database): [string, string] =>
  database.kind === 'postgres' ? ['m.name COLLATE "C"', 'm.id COLLATE "C"'] : ['m.name', 'm.id'];

/**
 * Up to so many models that the query finds, in the order of names, read in turns. PostgreSQL reads them all at once:
 * it holds up nobody here, and would sort them for each page anew.
 */
export function fetchInNameOrder(database: Database, query: ModelQuery, most: number): Promise<ListedModel[]> {
  if (database.kind === 'postgres') return fetchModels(inNameOrder(database, query).limit(most));
  return readInPages(most, (after, count) => {
    const page = query.clone();
    if (after !== null) afterPosition(database, page, after);
    return fetchModels(inNameOrder(database, page).limit(count));
  });
}

/** Runs the query. Rows are mapped by hand: thousands of them cost a fraction of what hydrating entities does. */
export async function fetchModels(query: ModelQuery): Promise<ListedModel[]> {
  const selected = query.select([]);
  for (const [name, column] of Object.entries(COLUMNS)) selected.addSelect(column, name);
  return (await selected.getRawMany<Row>()).map(toListedModel);
}

function toListedModel(row: Row): ListedModel {
  const known = row as unknown as ListedModel;
  return {
    ...known,
    capabilities: row.capabilities === null ? null : (JSON.parse(String(row.capabilities)) as ModelCapability[]),
    loaded: row.loaded === null ? null : Boolean(row.loaded),
    available: Boolean(row.available),
    firstSeenAt: new Date(String(row.firstSeenAt)),
    lastSeenAt: new Date(String(row.lastSeenAt)),
    vanishedAt: row.vanishedAt === null ? null : new Date(String(row.vanishedAt)),
    namedAt: new Date(String(row.namedAt)),
  };
}

function applyCapability(query: ModelQuery, capability: ModelCapability, isUnknownWelcome: boolean): void {
  const stated = `${COLUMNS.capabilities} LIKE :capability`;
  const condition = isUnknownWelcome ? `(${COLUMNS.capabilities} IS NULL OR ${stated})` : stated;
  query.andWhere(condition, { capability: `%"${capability}"%` });
}

function applySearch(query: ModelQuery, search: string): void {
  const pattern = `%${search.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
  query.andWhere(`(LOWER(m.name) LIKE :search ESCAPE '\\' OR LOWER(m.upstreamId) LIKE :search ESCAPE '\\')`, {
    search: pattern,
  });
}
