import { Arg, Ctx, ID, Mutation, Resolver, Root, Subscription } from 'type-graphql';
import { RequireAccess, type RequestContext } from '../../auth/request-context.js';
import type { RefreshProgress } from './refresh-progress.js';
import type { RefreshService } from './refresh.service.js';
import { RefreshType } from './refresh.types.js';

@Resolver()
export class RefreshResolver {
  constructor(private readonly refreshes: RefreshService) {}

  @Mutation(() => RefreshType, {
    description: 'Starts checks and discovery of these connections now and answers at once.',
  })
  @RequireAccess('CONNECTIONS_WRITE')
  refreshConnections(
    @Ctx() context: RequestContext,
    @Arg('ids', () => [ID], { nullable: true, description: 'Which connections: [] means none, null all.' })
    ids?: string[] | null,
  ): Promise<RefreshProgress> {
    return this.refreshes.start(context.actor, ids ?? null);
  }

  @Mutation(() => RefreshType, {
    description: 'Calls off the checks of a refresh that have not begun. One that has ended stays as it is.',
  })
  @RequireAccess('CONNECTIONS_WRITE')
  cancelRefresh(
    @Ctx() context: RequestContext,
    @Arg('id', () => ID, { description: 'Which refresh.' }) id: string,
  ): Promise<RefreshProgress> {
    return this.refreshes.cancel(context.actor, id);
  }
}

/**
 * The resolver of refreshProgress. Its source is looked up by no instance, so it is closed over: a class for each
 * application, and two of them in one process stay apart.
 */
export function createRefreshProgressResolver(refreshes: RefreshService): object {
  @Resolver()
  class RefreshProgressResolver {
    @Subscription(() => RefreshType, {
      description: 'The refresh as it stands, then each step, until it has ended.',
      subscribe: ({ args, context }: { args: { id: string }; context: RequestContext }) =>
        refreshes.watch(context.actor, args.id),
    })
    @RequireAccess('CONNECTIONS_READ')
    refreshProgress(
      @Root() progress: RefreshProgress,
      @Arg('id', () => ID, { description: 'Which refresh.' }) _id: string,
    ): RefreshProgress {
      return progress;
    }
  }
  return new RefreshProgressResolver();
}
