import { Field, ID, Int, ObjectType } from 'type-graphql';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { instantColumn, integer, json, text } from '../../database/columns.js';
import { DateTime } from '../../lib/date-time.js';
import { ScopeEnum } from '../people/account.types.js';
import type { Scope } from '../scope.js';

/** A credential for programs: `ilm_…`, stored as a hash and its last four characters. */
@ObjectType('ApiToken', { description: 'A credential for programs.', simpleResolvers: true })
@Entity('api_token')
export class ApiToken {
  @Field(() => ID, { description: 'Never used twice.' })
  @PrimaryColumn(text())
  id!: string;

  @Field(() => String, { description: 'What its maker called it.' })
  @Column(text())
  name!: string;

  @Column(text())
  @Index('api_token_hash', { unique: true })
  tokenHash!: string;

  @Field(() => String, { description: 'How it begins and its last four characters.' })
  @Column(text())
  preview!: string;

  @Column(text())
  @Index('api_token_owner')
  ownerId!: string;

  /** The token that made this one: it goes with it. */
  @Column(text({ nullable: true }))
  @Index('api_token_parent')
  parentId!: string | null;

  @Field(() => [ScopeEnum], { description: 'What it was made for. It may do of that what its owner may do, now.' })
  @Column(json())
  scopes!: readonly Scope[];

  @Field(() => [String], {
    description: 'Public model names it may use, * at the end as wildcard; empty: all.',
  })
  @Column(json())
  modelAllowlist!: readonly string[];

  @Field(() => Int, {
    nullable: true,
    description: 'Requests to models that it may start in a minute; null: no limit.',
  })
  @Column(integer({ nullable: true }))
  requestsPerMinute!: number | null;

  @Field(() => Int, { nullable: true, description: 'Requests to models that it may have under way; null: no limit.' })
  @Column(integer({ nullable: true }))
  maxInFlight!: number | null;

  @Field(() => DateTime, { description: 'When it was made.' })
  @Column(instantColumn())
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it ends by itself; null: never.' })
  @Column(instantColumn({ nullable: true }))
  expiresAt!: Date | null;

  /** Written at most every five minutes. */
  @Field(() => DateTime, { nullable: true, description: 'When it was last used, to five minutes; null: never.' })
  @Column(instantColumn({ nullable: true }))
  lastUsedAt!: Date | null;
}
