import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { DateTime } from '../lib/date-time.js';

@ObjectType('AuditChange', { description: 'One thing that changed.', simpleResolvers: true })
export class AuditChangeView {
  @Field(() => String, { description: 'What changed.' })
  field!: string;

  @Field(() => String, { nullable: true, description: 'What it was; null where there was nothing, and for a secret.' })
  before!: string | null;

  @Field(() => String, { nullable: true, description: 'What it became; of a secret "set", "replaced" or "removed".' })
  after!: string | null;
}

@ObjectType('AuditEntry', {
  description: 'One line of the audit log, chained to the one before it.',
  simpleResolvers: true,
})
export class AuditEntryView {
  @Field(() => ID, { description: 'Grows with every entry.' })
  id!: string;

  @Field(() => DateTime, { description: 'When it happened.' })
  at!: Date;

  @Field(() => String, { description: 'Who did it, as they were called then.' })
  actor!: string;

  @Field(() => ID, {
    nullable: true,
    description: 'The person, or the owner of the token; null for the server itself.',
  })
  actorId!: string | null;

  @Field(() => String, { description: 'What was done, such as connection.updated.' })
  action!: string;

  @Field(() => String, { nullable: true, description: 'What it was done to, as that was called then.' })
  target!: string | null;

  @Field(() => String, { nullable: true, description: 'Its kind, such as connection, user or token.' })
  targetType!: string | null;

  @Field(() => ID, { nullable: true, description: 'Its id.' })
  targetId!: string | null;

  @Field(() => [AuditChangeView], { description: 'What changed; never a secret.' })
  changes!: readonly AuditChangeView[];

  @Field(() => String, { nullable: true, description: 'The address it was asked from.' })
  ip!: string | null;

  @Field(() => String, { nullable: true, description: 'The request that asked for it, as in the log of the server.' })
  requestId!: string | null;

  @Field(() => String, { description: 'The hash of the entry before it; 64 zeros for the first.' })
  previousHash!: string;

  @Field(() => String, { description: 'A keyed hash of this entry together with previousHash.' })
  hash!: string;
}

@InputType('AuditFilter', { description: 'Which entries to list: those that fit everything given.' })
export class AuditFilter {
  @Field(() => String, { nullable: true, description: 'An action, as a whole.' })
  action?: string | null;

  @Field(() => ID, { nullable: true, description: 'Who did it.' })
  actorId?: string | null;

  @Field(() => ID, { nullable: true, description: 'What it was done to.' })
  targetId?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Not before this instant.' })
  from?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Before this instant.' })
  to?: Date | null;
}

@ObjectType('AuditVerification', { description: 'Whether the audit log is as it was written.', simpleResolvers: true })
export class AuditVerification {
  @Field(() => Boolean, { description: 'Whether every entry is in its place and unchanged.' })
  ok!: boolean;

  @Field(() => Int, { description: 'How many entries were read, up to the first that is wrong.' })
  entries!: number;

  @Field(() => ID, {
    nullable: true,
    description:
      'The first entry that is wrong or missing; null where none is, or the expected hash is nowhere in the log.',
  })
  brokenAt!: string | null;

  @Field(() => ID, { nullable: true, description: 'The last entry that the server wrote; null before the first.' })
  headId!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Its hash: keep it elsewhere, and ask for it as expectedHeadHash later.',
  })
  headHash!: string | null;
}
