import { Field, ID, ObjectType } from 'type-graphql';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { instantColumn, text } from '../../database/columns.js';
import { DateTime } from '../../lib/date-time.js';
import type { Role } from '../scope.js';
import { RoleEnum } from './account.types.js';

@ObjectType('User', { description: 'A person who has an account.', simpleResolvers: true })
@Entity('user_account')
export class User {
  @Field(() => ID, { description: 'Never used twice.' })
  @PrimaryColumn(text())
  id!: string;

  @Field(() => String, { description: 'What the person is called.' })
  @Column(text())
  name!: string;

  @Field(() => String, { description: 'The e-mail address that signs in; unique, whatever its case.' })
  @Column(text())
  email!: string;

  /** The e-mail address in lower case: what signs in and what is unique. */
  @Column(text())
  @Index('user_account_email_key', { unique: true })
  emailKey!: string;

  @Field(() => RoleEnum, { description: 'What the person may do.' })
  @Column(text())
  role!: Role;

  /** argon2id in PHC form; null for people who sign in elsewhere. */
  @Column(text({ nullable: true }))
  passwordHash!: string | null;

  @Field(() => DateTime, { description: 'When the account was created.' })
  @Column(instantColumn())
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When the person signed in last; null before the first time.' })
  @Column(instantColumn({ nullable: true }))
  lastSignInAt!: Date | null;
}
