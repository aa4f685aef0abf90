import { setImmediate as nextTurn } from 'node:timers/promises';
import DataLoader from 'dataloader';
import { Connection } from '../connections/connection.entity.js';
import type { Database } from '../database/database.js';
import { Audience } from './audience.js';
import {
  afterPosition,
  applyFilter,
  bytewise,
  fetchInNameOrder,
  modelQuery,
  narrowTo,
  type ModelQuery,
} from './model-query.js';
import { Model } from './model.entity.js';
import { checkFirst, tooMany, type ModelService, type Page } from './model.service.js';
import type { ListedModel } from './model.types.js';
import { poolsByName } from './served/served-models.js';

export interface ConnectionModels extends Page {
  readonly includeVanished: boolean;
}

interface Options {
  readonly database: Database;
  readonly models: Pick<ModelService, 'position'>;
}

/** Connections whose models are read in one go. */
const CONNECTIONS = 100;
/** Names of one statement. */
const CHUNK = 5_000;
/** Most models of all connections of a request together. */
const MAX_TOGETHER = 20_000;

/** Factories of the loaders of one request: pass each to the request context's `once`. */
export class ModelLoaders {
  constructor(private readonly options: Options) {}

  /** A loader of the number of models in sight, by connection id, for each audience. */
  readonly count = (): ((audience: Audience) => DataLoader<string, number>) => {
    const loaders = new Map<string, DataLoader<string, number>>();
    return (audience) => {
      const loader = loaders.get(audience.key) ?? new DataLoader((ids) => this.#count(ids, audience));
      loaders.set(audience.key, loader);
      return loader;
    };
  };

  /** A loader of the models of connections for each audience and set of arguments. */
  readonly ofConnections = (): ((
    audience: Audience,
    page: ConnectionModels,
  ) => DataLoader<string, readonly ListedModel[]>) => {
    const loaders = new Map<string, DataLoader<string, readonly ListedModel[]>>();
    return (audience, page) => {
      const key = JSON.stringify([audience.key, page.first ?? null, page.after ?? null, page.includeVanished]);
      const loader = loaders.get(key) ?? new DataLoader((ids) => this.#load(ids, audience, page));
      loaders.set(key, loader);
      return loader;
    };
  };

  /** The pool that holds a name; null where no enabled connection serves it. */
  readonly poolOfName = (): DataLoader<string, string | null> =>
    new DataLoader(
      async (names) => {
        const rows: { id: string; name: string; pool: string; namedAt: string }[] = await this.options.database.read
          .createQueryBuilder(Model, 'm')
          .innerJoin(Connection, 'c', 'c.id = m.connectionId')
          .select(['m.id AS "id"', 'm.name AS "name"', 'c.pool AS "pool"', 'm.namedAt AS "namedAt"'])
          .where('m.name IN (:...names) AND m.listed AND m.vanishedAt IS NULL', { names })
          .andWhere('c.enabled AND c.removedAt IS NULL')
          .getRawMany();
        const pools = poolsByName(rows.map((row) => ({ ...row, namedAt: new Date(row.namedAt) })));
        return names.map((name) => pools.get(name) ?? null);
      },
      { maxBatchSize: CHUNK },
    );

  async #count(ids: readonly string[], audience: Audience): Promise<number[]> {
    const { database } = this.options;
    const query = database.read
      .createQueryBuilder(Model, 'm')
      .select('m.connectionId', 'connectionId')
      .addSelect('COUNT(*)', 'count')
      .where('m.connectionId IN (:...ids) AND m.listed AND m.vanishedAt IS NULL', { ids })
      .groupBy('m.connectionId');
    const rows = await narrowTo(database, query, audience).getRawMany<{
      connectionId: string;
      count: string | number;
    }>();
    const byId = new Map(rows.map((row) => [row.connectionId, Number(row.count)]));
    return ids.map((id) => byId.get(id) ?? 0);
  }

  async #load(ids: readonly string[], audience: Audience, page: ConnectionModels): Promise<ListedModel[][]> {
    const first = checkFirst(page.first);
    const position = page.after == null ? null : await this.options.models.position(audience, page.after);
    const models: ListedModel[] = [];
    for (let start = 0; start < ids.length; start += CONNECTIONS) {
      if (start > 0) await nextTurn();
      const some = ids.slice(start, start + CONNECTIONS);
      const found = await this.#modelsOf(
        some,
        audience,
        { ...page, first, position },
        MAX_TOGETHER + 1 - models.length,
      );
      for (const model of found) models.push(model);
      if (models.length > MAX_TOGETHER) throw tooMany();
    }
    const byId = new Map<string, ListedModel[]>(ids.map((id) => [id, []]));
    for (const model of models) byId.get(model.connectionId)?.push(model);
    return ids.map((id) => byId.get(id) ?? []);
  }

  async #modelsOf(
    ids: readonly string[],
    audience: Audience,
    page: ConnectionModels & { readonly position: { name: string; id: string } | null },
    most: number,
  ): Promise<ListedModel[]> {
    const { database } = this.options;
    const filter = { connectionIds: ids, includeDisabled: true, includeVanished: page.includeVanished };
    let query = applyFilter(modelQuery(database, audience), filter);
    if (page.position !== null) afterPosition(database, query, page.position);
    if (page.first != null) query = firstOfEach(database, query, page.first);
    return fetchInNameOrder(database, query, most);
  }
}

/** Of the models that the query finds, the first so many of each connection, in the order of names. */
function firstOfEach(database: Database, query: ModelQuery, first: number): ModelQuery {
  const order = bytewise(database).join(', ');
  const numbered = query
    .select('m.id', 'id')
    .addSelect(`ROW_NUMBER() OVER (PARTITION BY m.connectionId ORDER BY ${order})`, 'position');
  return modelQuery(database, Audience.EVERYBODY)
    .andWhere(`m.id IN (SELECT "n"."id" FROM (${numbered.getQuery()}) "n" WHERE "n"."position" <= :first)`)
    .setParameters({ ...numbered.getParameters(), first });
}
