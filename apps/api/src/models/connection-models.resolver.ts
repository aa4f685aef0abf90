import { Arg, Ctx, FieldResolver, ID, Int, Resolver, Root } from 'type-graphql';
import type { RequestContext } from '../auth/request-context.js';
import { Connection } from '../connections/connection.entity.js';
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
    return context.once(this.loaders.ofConnections)(page).load(connection.id);
  }

  @FieldResolver(() => Int, { description: 'How many models it shows, without vanished ones.' })
  modelCount(@Root() connection: Connection, @Ctx() context: RequestContext): Promise<number> {
    return context.once(this.loaders.count).load(connection.id);
  }
}
