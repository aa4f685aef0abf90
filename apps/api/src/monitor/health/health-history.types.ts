import { Field, Float, ObjectType } from 'type-graphql';
import { ConnectionStatusEnum, type ConnectionStatus } from '../../connections/connection.types.js';
import { ProblemType } from '../../connections/health/problem.types.js';
import { DateTime } from '../../lib/date-time.js';
import type { Sample, TimelineBucket } from './health-history.js';
import type { Transition } from './health-transitions.js';

@ObjectType('HealthBucket', {
  description: 'A part of a timeline of health. Its values are null where nothing is known of that time.',
  simpleResolvers: true,
})
export class HealthBucketType implements TimelineBucket {
  @Field(() => DateTime, { description: 'When it begins.' })
  from!: Date;

  @Field(() => DateTime, { description: 'When it ends; that of the last one may lie ahead.' })
  to!: Date;

  @Field(() => ConnectionStatusEnum, { nullable: true, description: 'The worst status in it.' })
  worst!: ConnectionStatus | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Share of the known time that it was ONLINE or DEGRADED, from 0 to 1.',
  })
  upShare!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Median latency of the successful checks in it, in milliseconds.',
  })
  p50LatencyMs!: number | null;
}

@ObjectType('HealthSample', { description: 'What one finished check showed.', simpleResolvers: true })
export class HealthSampleType implements Sample {
  @Field(() => DateTime, { description: 'When the check ended.' })
  at!: Date;

  @Field(() => ConnectionStatusEnum, {
    description:
      'What this check said; the status of the connection follows after a few failures in a row. UNAUTHORIZED also where requests of callers were refused, and for checks that do not lift that.',
  })
  status!: ConnectionStatus;

  @Field(() => Float, { nullable: true, description: 'How long the endpoint took to answer, in milliseconds.' })
  latencyMs!: number | null;

  @Field(() => ProblemType, { nullable: true, description: 'What was wrong, where something was.' })
  problem!: ProblemType | null;
}

@ObjectType('HealthTransition', {
  description: 'A moment at which the connection took another status, or had another problem with the same one.',
  simpleResolvers: true,
})
export class HealthTransitionType implements Transition {
  @Field(() => DateTime, { description: 'When it changed.' })
  at!: Date;

  @Field(() => ConnectionStatusEnum, { nullable: true, description: 'The status before; null: it was just added.' })
  previous!: ConnectionStatus | null;

  @Field(() => ConnectionStatusEnum, { description: 'The status from then on.' })
  status!: ConnectionStatus;

  @Field(() => ProblemType, { nullable: true, description: 'What was wrong from then on, where something was.' })
  problem!: ProblemType | null;
}
