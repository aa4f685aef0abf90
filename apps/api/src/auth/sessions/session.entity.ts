import { Field, ID, ObjectType } from 'type-graphql';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { instantColumn, text } from '../../database/columns.js';
import { DateTime } from '../../lib/date-time.js';

/** A signed-in browser. The cookie's value is stored as a hash alone. */
@ObjectType('Session', { description: 'A browser that somebody signed in with.', simpleResolvers: true })
@Entity('session')
export class Session {
  @Field(() => ID, { description: 'Never used twice.' })
  @PrimaryColumn(text())
  id!: string;

  @Column(text())
  @Index('session_token_hash', { unique: true })
  tokenHash!: string;

  @Column(text())
  @Index('session_user')
  userId!: string;

  @Field(() => DateTime, { description: 'When the person signed in, or gave the password again.' })
  @Column(instantColumn())
  createdAt!: Date;

  /** When the password was last given: at sign-in, reauthentication or a change of it. */
  @Column(instantColumn())
  authenticatedAt!: Date;

  /** Written at most once a minute. */
  @Field(() => DateTime, { description: 'When it was last used, to the minute.' })
  @Column(instantColumn())
  lastUsedAt!: Date;

  /** The end whatever happens; it ends earlier when idle. */
  @Field(() => DateTime, {
    description: 'When it ends unless it is used: 12 idle hours from now, 7 days after signing in at most.',
  })
  @Column(instantColumn())
  expiresAt!: Date;

  @Field(() => String, { nullable: true, description: 'The address it was opened from.' })
  @Column(text({ nullable: true }))
  ip!: string | null;

  @Field(() => String, { nullable: true, description: 'What the browser called itself.' })
  @Column(text({ nullable: true }))
  userAgent!: string | null;
}
