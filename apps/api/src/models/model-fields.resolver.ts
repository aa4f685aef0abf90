import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { can } from '../auth/actor.js';
import type { RequestContext } from '../auth/request-context.js';
import type { ConnectionLoaders } from '../connections/connection-loaders.js';
import { Connection } from '../connections/connection.entity.js';
import type { ModelLoaders } from './model-loaders.js';
import { ListedModel } from './model.types.js';

/** What a model shows of its surroundings. */
@Resolver(() => ListedModel)
export class ModelFieldsResolver {
  constructor(private readonly loaders: { readonly models: ModelLoaders; readonly connections: ConnectionLoaders }) {}

  @FieldResolver(() => Connection, {
    nullable: true,
    description: 'Its connection; null for those who may not see connections.',
  })
  connection(@Root() model: ListedModel, @Ctx() context: RequestContext): Promise<Connection | null> | null {
    if (!can(context.actor, 'CONNECTIONS_READ')) return null;
    return context.once(this.loaders.connections.connection).load(model.connectionId);
  }

  @FieldResolver(() => Boolean, {
    description: 'Whether another pool serves this name already; a prefix makes it reachable.',
  })
  async shadowed(@Root() model: ListedModel, @Ctx() context: RequestContext): Promise<boolean> {
    const pool = await context.once(this.loaders.models.poolOfName).load(model.name);
    return pool !== null && pool !== model.pool;
  }
}
