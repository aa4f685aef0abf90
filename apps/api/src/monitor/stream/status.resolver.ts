import { Arg, Ctx, FieldResolver, ID, Int, Query, Resolver, Root, Subscription } from 'type-graphql';
import { can } from '../../auth/actor.js';
import { RequireAccess, type RequestContext } from '../../auth/request-context.js';
import { Connection } from '../../connections/connection.entity.js';
import { badInput } from '../../errors.js';
import { Audience } from '../../models/audience.js';
import type { ModelLoaders } from '../../models/model-loaders.js';
import type { StatusEvent } from './status-event.js';
import { ConnectionStatusEvent } from './status-event.types.js';
import type { StatusFeed } from './status-feed.js';

const MAX_IDS = 1_000;

@Resolver(() => ConnectionStatusEvent)
export class StatusResolver {
  constructor(
    private readonly feed: StatusFeed,
    private readonly modelLoaders: Pick<ModelLoaders, 'count'>,
  ) {}

  @Query(() => [ConnectionStatusEvent], {
    description: 'All connections as they stand, as snapshots, by kind, then priority, then name.',
  })
  @RequireAccess('STATUS_READ')
  async connectionStatuses(
    @Arg('ids', () => [ID], { nullable: true, description: 'Which connections: [] means none, null all.' })
    ids?: string[] | null,
    @Arg('tag', () => String, { nullable: true, description: 'Only connections with this tag.' }) tag?: string | null,
  ): Promise<readonly StatusEvent[]> {
    if ((ids?.length ?? 0) > MAX_IDS)
      throw badInput([{ field: 'ids', message: `At most ${MAX_IDS} ids may be given.` }]);
    return this.feed.snapshot({ ids: ids ?? null, tag: tag ?? null });
  }

  @FieldResolver(() => Connection, {
    nullable: true,
    description: 'The connection; null for those who may not see connections, and when it was removed.',
  })
  async connection(@Root() event: StatusEvent, @Ctx() context: RequestContext): Promise<Connection | null> {
    return can(context.actor, 'CONNECTIONS_READ') ? event.connection() : null;
  }

  @FieldResolver(() => Int, { nullable: true, description: 'Number of its models, without vanished ones.' })
  modelCount(@Root() event: StatusEvent, @Ctx() context: RequestContext): number | null | Promise<number> {
    const audience = Audience.of(context.actor);
    // The event counts all models: those who see some of them are told how many of those there are now.
    if (audience.seesAll || event.modelCount === null || event.connectionId === null) return event.modelCount;
    return context.once(this.modelLoaders.count)(audience).load(event.connectionId);
  }
}

/**
 * The resolver of connectionStatus. Its source is looked up by no instance, so it is closed over: a class for each
 * application, and two of them in one process stay apart.
 */
export function createStatusStreamResolver(feed: StatusFeed): object {
  @Resolver()
  class StatusStreamResolver {
    @Subscription(() => ConnectionStatusEvent, {
      description:
        'What happens to connections. Without after: one SNAPSHOT for each as it stands, then a CHECKPOINT, then every change. ' +
        'With after: every change since that cursor, in order, none lost and none twice, then every change. While all is quiet a ' +
        'CHECKPOINT comes at least every 60 s. A cursor is good for at least 24 hours; else: code CURSOR_EXPIRED, start again without. ' +
        'A change is: status, problem code, model count, or the edit of an administrator. Latency alone is none.',
      subscribe: ({ args }: { args: { ids?: string[] | null; after?: string | null } }) =>
        feed.subscribe(args.ids ?? null, args.after ?? null),
    })
    @RequireAccess('STATUS_READ')
    connectionStatus(
      @Root() event: StatusEvent,
      @Arg('ids', () => [ID], { nullable: true, description: 'Which connections: [] means none, null all.' })
      _ids?: string[] | null,
      @Arg('after', () => String, { nullable: true, description: 'The cursor of the last event that was seen.' })
      _after?: string | null,
    ): StatusEvent {
      return event;
    }
  }
  return new StatusStreamResolver();
}
