import type { ModelCapability } from '@intrallm/providers';
import { auditActor, authorize, can, type Actor } from '../auth/actor.js';
import { lockConnection } from '../connections/connection-store.js';
import { requireShortSearch } from '../connections/search-text.js';
import type { Database } from '../database/database.js';
import { AppError, badInput, forbidden, notFound } from '../errors.js';
import type { Versions } from '../events/versions.js';
import { Audience } from './audience.js';
import { catalogueChanged } from './discovery/catalogue-event.js';
import {
  afterPosition,
  applyFilter,
  bytewise,
  fetchInNameOrder,
  fetchModels,
  modelQuery,
  type ModelFilter,
} from './model-query.js';
import { Model } from './model.entity.js';
import type { ListedModel, ServedModel } from './model.types.js';
import { fetchServed } from './served/fetch-served.js';

/** Most models of one answer. */
const MAX_MODELS = 5_000;
const MAX_IDS = 1_000;

export interface Page {
  readonly first?: number | null;
  /** Id of the last model seen. */
  readonly after?: string | null;
}

export interface ServedPage {
  readonly first?: number | null;
  /** The last name seen. */
  readonly after?: string | null;
}

export interface ServedFilter {
  readonly search?: string | null;
  readonly names?: readonly string[] | null;
  readonly available?: boolean | null;
}

interface Options {
  readonly database: Database;
  readonly versions: Versions;
}

/** Reads the catalogue. No endpoint is asked: it shows what was discovered last. */
export class ModelService {
  constructor(private readonly options: Options) {}

  /**
   * By name, then id, both by their bytes. Throws QUERY_TOO_EXPENSIVE without `first` where more than 5,000 match, and
   * FORBIDDEN for `includeDisabled` without CONNECTIONS_READ.
   */
  async list(actor: Actor, filter: ModelFilter = {}, page: Page = {}): Promise<ListedModel[]> {
    requireUsable(actor, filter);
    const first = checkFirst(page.first);
    const audience = Audience.of(actor);
    const { database } = this.options;
    const query = applyFilter(modelQuery(database, audience), filter);
    if (page.after != null) afterPosition(database, query, await this.position(audience, page.after));
    const models = await fetchInNameOrder(database, query, first ?? MAX_MODELS + 1);
    if (first === null && models.length > MAX_MODELS) throw tooMany();
    return models;
  }

  /** The length of `list` under the same filter. */
  async count(actor: Actor, filter: ModelFilter = {}): Promise<number> {
    requireUsable(actor, filter);
    const query = applyFilter(modelQuery(this.options.database, Audience.of(actor)), filter);
    const row = await query.select('COUNT(*)', 'count').getRawOne<{ count: number | string }>();
    return Number(row?.count ?? 0);
  }

  /** A vanished one too; one of a disabled connection only for those who may see connections. */
  async find(actor: Actor, id: string): Promise<ListedModel | null> {
    const query = modelQuery(this.options.database, Audience.of(actor)).andWhere('m.id = :id', { id });
    if (!can(actor, 'CONNECTIONS_READ')) query.andWhere('c.enabled');
    const [model] = await fetchModels(query);
    return model ?? null;
  }

  /**
   * Names that requests may use, in the order of their bytes. Throws QUERY_TOO_EXPENSIVE without `first` where more
   * than 5,000 match.
   */
  async served(actor: Actor, filter: ServedFilter = {}, page: ServedPage = {}): Promise<ServedModel[]> {
    const { database } = this.options;
    requireShortSearch('search', filter.search);
    if (filter.names != null && filter.names.length === 0) return [];
    if (filter.names != null && filter.names.length > MAX_IDS) {
      throw badInput([{ field: 'names', message: `Use at most ${MAX_IDS.toLocaleString('en-US')} names.` }]);
    }
    // All models of a name decide whose it is: availability is judged only after that.
    const first = checkFirst(page.first);
    const query = applyFilter(modelQuery(database, Audience.of(actor)), {});
    if (filter.names != null) query.andWhere('m.name IN (:...names)', { names: filter.names });
    if (filter.search != null && filter.search.trim() !== '') {
      const pattern = `%${filter.search
        .trim()
        .toLowerCase()
        .replace(/[\\%_]/g, '\\$&')}%`;
      query.andWhere(`LOWER(m.name) LIKE :search ESCAPE '\\'`, { search: pattern });
    }
    if (page.after != null) query.andWhere(`${bytewise(database)[0]} > :afterServed`, { afterServed: page.after });
    const served = await fetchServed(database, query, {
      available: filter.available ?? null,
      most: first ?? MAX_MODELS + 1,
    });
    if (first === null && served.length > MAX_MODELS) throw tooMany();
    return served;
  }

  /** Sets what the model can do; null: back to what its endpoint states. Throws NOT_FOUND. */
  async setCapabilities(
    actor: Actor,
    id: string,
    capabilities: readonly ModelCapability[] | null,
  ): Promise<ListedModel> {
    authorize(actor, { needs: 'CONNECTIONS_WRITE' });
    const set = capabilities === null ? null : [...new Set(capabilities)];
    const seen = await this.find(actor, id);
    if (seen === null) throw notFound('This model');
    await this.options.database.write(async (write) => {
      // A discovery under way stores whole rows, as they were when it read them: it has this lock as well.
      await lockConnection(write, seen.connectionId);
      const model = await write.manager.findOneBy(Model, { id });
      if (model === null) throw notFound('This model');
      const [before, after] = [textOf(model.setCapabilities), textOf(set)];
      if (before === after) return;
      await write.manager.update(Model, { id }, { setCapabilities: set });
      write.audit({
        action: 'model.capabilitiesSet',
        actor: auditActor(actor),
        target: { type: 'model', id, label: model.name },
        changes: [{ field: 'capabilities', before, after }],
      });
      const event = catalogueChanged(model.connectionId, { changed: [id] });
      if (event !== null) write.event(event);
      write.afterCommit(() => this.options.versions.raiseCatalogue());
    });
    return { ...seen, ...((await this.find(actor, id)) ?? {}) };
  }

  /** Where a model stands in the order of names. Throws BAD_USER_INPUT naming `after` for one that does not exist. */
  async position(audience: Audience, after: string): Promise<{ name: string; id: string }> {
    const model = await this.options.database.read.findOne(Model, {
      where: { id: after },
      select: { id: true, name: true },
    });
    // One that is not for the audience is none: where it stands would tell what it is called.
    if (model === null || !audience.allows(model.name))
      throw badInput([{ field: 'after', message: 'There is no model with this id: start again without it.' }]);
    return { name: model.name, id: model.id };
  }
}

/** Throws BAD_USER_INPUT naming `first` where it is out of range; null where it is not given. */
export function checkFirst(first: number | null | undefined): number | null {
  if (first === null || first === undefined) return null;
  if (first >= 1 && first <= MAX_MODELS) return first;
  throw badInput([{ field: 'first', message: `Use a number from 1 to ${MAX_MODELS.toLocaleString('en-US')}.` }]);
}

export const tooMany = (): AppError =>
  new AppError('QUERY_TOO_EXPENSIVE', 'More than 5,000 models match: read them page by page, with first and after.', {
    field: 'first',
  });

function requireUsable(actor: Actor, filter: ModelFilter): void {
  requireShortSearch('filter.search', filter.search);
  if ((filter.connectionIds?.length ?? 0) > MAX_IDS) {
    const message = `Use at most ${MAX_IDS.toLocaleString('en-US')} ids.`;
    throw badInput([{ field: 'filter.connectionIds', message }]);
  }
  if (filter.includeDisabled === true && !can(actor, 'CONNECTIONS_READ')) {
    throw forbidden('Models of disabled connections are for those with CONNECTIONS_READ.');
  }
}

const textOf = (capabilities: readonly ModelCapability[] | null): string | null =>
  capabilities === null ? null : capabilities.length === 0 ? 'none' : capabilities.join(', ');
