import { Field, Float, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime } from '../lib/date-time.js';
import type { Bucket } from './query/usage-parts.js';
import type { Dimension } from './usage-columns.js';

export type UsageGroup = 'CONNECTION' | 'MODEL' | 'CALLER' | 'TOKEN';

export const DIMENSION_OF: Readonly<Record<UsageGroup, Dimension>> = {
  CONNECTION: 'connectionId',
  MODEL: 'model',
  CALLER: 'userId',
  TOKEN: 'tokenId',
};

export const UsageGroupEnum = { CONNECTION: 'CONNECTION', MODEL: 'MODEL', CALLER: 'CALLER', TOKEN: 'TOKEN' } as const;
registerEnumType(UsageGroupEnum, {
  name: 'UsageGroup',
  description: 'What usage is told apart by.',
  valuesConfig: {
    CONNECTION: { description: 'The connection whose endpoint answered.' },
    MODEL: { description: 'The public name of the model.' },
    CALLER: { description: 'The person who asked, or who owns the token that did.' },
    TOKEN: { description: 'The API token that asked.' },
  },
});

export const UsageBucketEnum: Readonly<Record<Bucket, Bucket>> = { MINUTE: 'MINUTE', HOUR: 'HOUR', DAY: 'DAY' };
registerEnumType(UsageBucketEnum, {
  name: 'UsageBucket',
  description: 'How long the time is that usage is summed up by.',
  valuesConfig: {
    MINUTE: { description: 'Kept for 7 days.' },
    HOUR: { description: 'A full hour on the clocks of the time zone. Kept for 100 days.' },
    DAY: {
      description:
        'A day of the time zone, 23 or 25 hours long where clocks change. Kept for 1,096 days; days of another zone than UTC that are more than 100 days ago are days of UTC of the same date.',
    },
  },
});

@InputType('UsageFilter', {
  description: 'Whose and which usage: what fits everything given. An empty list fits nothing, "" what has none.',
})
export class UsageFilter {
  @Field(() => [ID], { nullable: true, description: 'Connections that answered, removed ones too; at most 200.' })
  connectionIds?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'Public names of models; at most 200.' })
  models?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'People who asked, by themselves or by a token; at most 200.' })
  userIds?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'Tokens that asked; at most 200.' })
  tokenIds?: string[] | null;
}

@ObjectType('UsagePoint', {
  description: 'What one connection, model, caller or token used in one bucket of time. Requests count when they end.',
  simpleResolvers: true,
})
export class UsagePoint {
  @Field(() => DateTime, { description: 'When the bucket begins. Buckets without requests are left out.' })
  at!: Date;

  @Field(() => String, {
    description:
      'The id, or the name of the model. "" where no endpoint answered, no known model was named, or no token asked.',
  })
  key!: string;

  @Field(() => String, {
    description:
      'What it is called, or was when it was removed. Connections have their id here for those who may see neither connections nor all usage.',
  })
  label!: string;

  @Field(() => Int, { description: 'The sum of complete, upstreamErrors, truncated, clientAborts and rejected.' })
  requests!: number;

  @Field(() => Int, { description: 'Answers that ended as they should.' })
  complete!: number;

  @Field(() => Int, { description: 'Answers of endpoints that were errors, or streams with an error in them.' })
  upstreamErrors!: number;

  @Field(() => Int, { description: 'Answers that endpoints ended before they were complete.' })
  truncated!: number;

  @Field(() => Int, { description: 'Requests whose caller went away.' })
  clientAborts!: number;

  @Field(() => Int, { description: 'Requests that the gateway itself refused, or could send to nobody.' })
  rejected!: number;

  @Field(() => Float, { nullable: true, description: 'As endpoints counted them; null: none of them told.' })
  promptTokens!: number | null;

  @Field(() => Float, { nullable: true, description: 'As endpoints counted them; null: none of them told.' })
  completionTokens!: number | null;

  @Field(() => Int, {
    description: 'Answers without any token count, errors left out: what they used is in neither of the sums.',
  })
  uncounted!: number;

  @Field(() => Float, {
    nullable: true,
    description:
      'Half of the answers began within this time after the request was read, within about a quarter more or less. Errors are left out; null: nothing else came.',
  })
  p50FirstByteMs!: number | null;

  @Field(() => Float, { nullable: true, description: 'The same for 95 of 100 answers.' })
  p95FirstByteMs!: number | null;
}
