import { Arg, Ctx, FieldResolver, ID, Int, Resolver, Root } from 'type-graphql';
import type { RequestContext } from '../auth/request-context.js';
import { Connection } from '../connections/connection.entity.js';
import { ModelAlias } from '../connections/connection.types.js';
import { Audience } from './audience.js';
import { settingsFor } from './discovery/seen-settings.js';
import type { ModelLoaders } from './model-loaders.js';
import { ListedModel } from './model.types.js';

/** The models that a connection shows of itself. */
@Resolver(() => Connection)
export class ConnectionModelsResolver {
  constructor(private readonly loaders: ModelLoaders) {}

  @FieldResolver(() => [ListedModel], {
    description: 'Its models, by name, then id. At most 20,000 of all connections together: use first.',
  })
  models(
    @Root() connection: Connection,
    @Arg('first', () => Int, { nullable: true, description: 'How many, from 1 to 5,000.' }) first: number | null,
    @Arg('after', () => ID, { nullable: true, description: 'The id of the last one seen.' }) after: string | null,
    @Arg('includeVanished', () => Boolean, {
      nullable: true,
      defaultValue: false,
      description: 'With those that vanished from its endpoint.',
    })
    includeVanished: boolean | null,
    @Ctx() context: RequestContext,
  ): Promise<readonly ListedModel[]> {
    const page = { first, after, includeVanished: includeVanished === true };
    return context.once(this.loaders.ofConnections)(Audience.of(context.actor), page).load(connection.id);
  }

  @FieldResolver(() => Int, { description: 'How many models it shows, without vanished ones.' })
  modelCount(@Root() connection: Connection, @Ctx() context: RequestContext): Promise<number> {
    return context.once(this.loaders.count)(Audience.of(context.actor)).load(connection.id);
  }

  // What an administrator wrote names models, too: a credential that is bound to some reads of it what concerns those.

  @FieldResolver(() => [String], {
    description:
      'Upstream ids that are shown, with * at the end as wildcard; empty: all. It filters what is shown, not what is kept.',
  })
  modelAllowlist(@Root() connection: Connection, @Ctx() context: RequestContext): readonly string[] {
    return settingsFor(Audience.of(context.actor), connection).modelAllowlist;
  }

  @FieldResolver(() => [String], {
    description: 'Upstream ids that are served although the endpoint does not list them.',
  })
  declaredModels(@Root() connection: Connection, @Ctx() context: RequestContext): readonly string[] {
    return settingsFor(Audience.of(context.actor), connection).declaredModels;
  }

  @FieldResolver(() => [ModelAlias], {
    description: 'Public names for upstream ids, by which models of several connections become one.',
  })
  modelAliases(@Root() connection: Connection, @Ctx() context: RequestContext): Connection['modelAliases'] {
    return settingsFor(Audience.of(context.actor), connection).modelAliases;
  }
}
