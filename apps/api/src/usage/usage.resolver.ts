import { Arg, Ctx, Query, Resolver } from 'type-graphql';
import { RequireAccess, type RequestContext } from '../auth/request-context.js';
import { DateTime } from '../lib/date-time.js';
import type { Bucket } from './query/usage-parts.js';
import type { UsageService } from './usage.service.js';
import { UsageBucketEnum, UsageFilter, UsageGroupEnum, UsagePoint, type UsageGroup } from './usage.types.js';

@Resolver()
export class UsageResolver {
  constructor(private readonly service: UsageService) {}

  @RequireAccess('SIGNED_IN')
  @Query(() => [UsagePoint], {
    description:
      'What models were used for, by time, then key: with USAGE_READ all of it, with CHAT one’s own, with a token that token’s own and that of those made by it. A token bound to some models reads of those alone. It is some seconds behind. Buckets that from or to lies within are counted whole.',
  })
  usage(
    @Ctx() context: RequestContext,
    @Arg('from', () => DateTime, {
      description:
        'The first bucket has this instant in it. BAD_USER_INPUT, with the earliest instant there is, where it lies before what is kept of such buckets.',
    })
    from: Date,
    @Arg('to', () => DateTime, { description: 'The last bucket begins before this instant.' }) to: Date,
    @Arg('bucket', () => UsageBucketEnum, { description: 'How time is divided.' }) bucket: Bucket,
    @Arg('groupBy', () => UsageGroupEnum, { description: 'What each bucket is divided by.' }) groupBy: UsageGroup,
    @Arg('filter', () => UsageFilter, { nullable: true, description: 'Which requests; left out: all.' })
    filter: UsageFilter | null,
    @Arg('timeZone', () => String, {
      nullable: true,
      defaultValue: 'UTC',
      description: 'Whose hours and days are meant: a name of the IANA database, such as Europe/Berlin.',
    })
    timeZone: string | null,
  ): Promise<UsagePoint[]> {
    return this.service.list(context.actor, {
      from,
      to,
      bucket,
      groupBy,
      filter: filter ?? {},
      timeZone: timeZone ?? 'UTC',
    });
  }
}
