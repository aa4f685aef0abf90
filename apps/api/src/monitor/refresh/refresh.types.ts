import { Field, ID, Int, ObjectType } from 'type-graphql';
import { DateTime } from '../../lib/date-time.js';
import type { RefreshProgress } from './refresh-progress.js';

@ObjectType('Refresh', {
  description: 'Checks and discovery of several connections that somebody asked for, and how far they are.',
  simpleResolvers: true,
})
export class RefreshType implements RefreshProgress {
  @Field(() => ID, { description: 'Names it for refreshProgress and cancelRefresh.' })
  id!: string;

  @Field(() => Int, { description: 'Connections to check; those that are switched off are left out.' })
  total!: number;

  @Field(() => Int, { description: 'Connections that were checked, failed ones included.' })
  done!: number;

  @Field(() => Int, { description: 'Connections whose check failed.' })
  failed!: number;

  @Field(() => DateTime, { description: 'When it was asked for.' })
  startedAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it ended; null while it runs.' })
  finishedAt!: Date | null;

  @Field(() => Boolean, { description: 'Whether somebody cancelled it: what had not begun is not checked.' })
  cancelled!: boolean;
}
