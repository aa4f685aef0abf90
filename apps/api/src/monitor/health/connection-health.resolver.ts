import DataLoader from 'dataloader';
import { Arg, Ctx, FieldResolver, Float, Int, Resolver, Root } from 'type-graphql';
import type { RequestContext } from '../../auth/request-context.js';
import { ConnectionHealth } from '../../connections/health/connection-health.entity.js';
import { badInput } from '../../errors.js';
import type { Monitor } from '../monitor.js';
import type { HalfHour } from './half-hours.js';
import type { HealthHistory, Sample } from './health-history.js';
import { HealthBucketType, HealthSampleType, HealthTransitionType } from './health-history.types.js';
import type { HealthTransitions, Transition } from './health-transitions.js';
import { SAMPLES_KEPT } from './sample-retention.js';

const DEFAULT_HOURS = 24;
const DEFAULT_BUCKETS = 48;
const DEFAULT_SAMPLES = 60;
const DEFAULT_TRANSITIONS = 20;
/** What they are read from is kept for 48 hours. */
const MAX_TRANSITION_HOURS = 48;
const MAX_TRANSITIONS = 100;
/** The 8 days that buckets are kept, in hours; and as many parts. */
const MAX_HOURS = 192;
const MAX_BUCKETS = 192;
const DAY_HOURS = 24;

interface Wanted {
  readonly connectionId: string;
  /** Hours of half hours or of transitions, or number of samples. */
  readonly amount: number;
}

@Resolver(() => ConnectionHealth)
export class ConnectionHealthResolver {
  constructor(
    private readonly monitor: Pick<Monitor, 'isChecking'>,
    private readonly past: HealthHistory,
    private readonly transitionsOf: HealthTransitions,
  ) {}

  // Without a cache: the context of a subscription lives as long as it does, and health goes on.
  readonly #halfHourLoader = () =>
    new DataLoader<Wanted, readonly HalfHour[]>(
      (wanted) => this.#load(wanted, (ids, most) => this.past.halfHours(ids, most)),
      {
        cache: false,
      },
    );

  readonly #sampleLoader = () =>
    new DataLoader<Wanted, readonly Sample[]>(
      (wanted) => this.#load(wanted, (ids, most) => this.past.samples(ids, most)),
      {
        cache: false,
      },
    );

  readonly #transitionLoader = () =>
    new DataLoader<Wanted, readonly Transition[]>(
      (wanted) => this.#load(wanted, (ids, most) => this.transitionsOf.of(ids, most)),
      {
        cache: false,
      },
    );

  @FieldResolver(() => Boolean, { description: 'Whether a check is running now.' })
  checking(@Root() health: ConnectionHealth): boolean {
    return this.monitor.isChecking(health.connectionId);
  }

  @FieldResolver(() => Float, {
    nullable: true,
    description:
      'Share of the last 24 hours, from 0 to 1: time ONLINE or DEGRADED over time not UNKNOWN or DISABLED. Null before the first check.',
  })
  async uptime24h(@Root() health: ConnectionHealth, @Ctx() context: RequestContext): Promise<number | null> {
    const loader = context.once(this.#halfHourLoader);
    return this.past.uptime24h(await loader.load({ connectionId: health.connectionId, amount: DAY_HOURS }));
  }

  @FieldResolver(() => [HealthBucketType], {
    description: 'The last hours in parts of equal length, oldest first, without gaps.',
  })
  async timeline(
    @Root() health: ConnectionHealth,
    @Ctx() context: RequestContext,
    @Arg('hours', () => Int, {
      nullable: true,
      defaultValue: DEFAULT_HOURS,
      description: 'How far back, from 1 to 192 hours.',
    })
    given: number | null,
    @Arg('buckets', () => Int, {
      nullable: true,
      defaultValue: DEFAULT_BUCKETS,
      description: 'Number of parts, from 1 to 192.',
    })
    parts: number | null,
  ): Promise<HealthBucketType[]> {
    const hours = given ?? DEFAULT_HOURS;
    const buckets = parts ?? DEFAULT_BUCKETS;
    requireBetween('hours', hours, MAX_HOURS);
    requireBetween('buckets', buckets, MAX_BUCKETS);
    const halfHours = await context
      .once(this.#halfHourLoader)
      .load({ connectionId: health.connectionId, amount: hours });
    return this.past.timeline(halfHours, { hours, buckets });
  }

  @FieldResolver(() => [HealthSampleType], { description: 'The last checks, newest first.' })
  async history(
    @Root() health: ConnectionHealth,
    @Ctx() context: RequestContext,
    @Arg('limit', () => Int, {
      nullable: true,
      defaultValue: DEFAULT_SAMPLES,
      description: 'At most that many, from 1 to 120.',
    })
    given: number | null,
  ): Promise<readonly HealthSampleType[]> {
    const limit = given ?? DEFAULT_SAMPLES;
    requireBetween('limit', limit, SAMPLES_KEPT);
    const samples = await context.once(this.#sampleLoader).load({ connectionId: health.connectionId, amount: limit });
    return samples.slice(0, limit);
  }

  @FieldResolver(() => [HealthTransitionType], {
    description:
      'When its status or its problem changed, newest first: what the status stream told, not single checks.',
  })
  async transitions(
    @Root() health: ConnectionHealth,
    @Ctx() context: RequestContext,
    @Arg('hours', () => Int, {
      nullable: true,
      defaultValue: DEFAULT_HOURS,
      description: 'How far back, from 1 to 48 hours.',
    })
    givenHours: number | null,
    @Arg('limit', () => Int, {
      nullable: true,
      defaultValue: DEFAULT_TRANSITIONS,
      description: 'At most that many, from 1 to 100.',
    })
    givenLimit: number | null,
  ): Promise<readonly HealthTransitionType[]> {
    const hours = givenHours ?? DEFAULT_HOURS;
    const limit = givenLimit ?? DEFAULT_TRANSITIONS;
    requireBetween('hours', hours, MAX_TRANSITION_HOURS);
    requireBetween('limit', limit, MAX_TRANSITIONS);
    const found = await context.once(this.#transitionLoader).load({ connectionId: health.connectionId, amount: hours });
    return this.transitionsOf.within(found, hours).slice(0, limit);
  }

  /** One statement for all: each gets as much as the one that wants most. */
  async #load<T>(
    wanted: readonly Wanted[],
    read: (connectionIds: string[], most: number) => Promise<Map<string, T[]>>,
  ): Promise<T[][]> {
    const ids = [...new Set(wanted.map(({ connectionId }) => connectionId))];
    const found = await read(ids, Math.max(...wanted.map(({ amount }) => amount)));
    return wanted.map(({ connectionId }) => found.get(connectionId) ?? []);
  }
}

function requireBetween(field: string, value: number, most: number): void {
  if (value < 1 || value > most) throw badInput([{ field, message: `Give a number from 1 to ${most}.` }]);
}
