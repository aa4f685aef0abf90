import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { instantColumn, text } from '../database/columns.js';

export type Role = 'ADMIN' | 'MEMBER';

@Entity('user_account')
export class User {
  @PrimaryColumn(text())
  id!: string;

  @Column(text())
  name!: string;

  @Column(text())
  email!: string;

  /** The e-mail address in lower case: what signs in and what is unique. */
  @Column(text())
  @Index('user_account_email_key', { unique: true })
  emailKey!: string;

  @Column(text())
  role!: Role;

  /** argon2id in PHC form; null for people who sign in elsewhere. */
  @Column(text({ nullable: true }))
  passwordHash!: string | null;

  @Column(instantColumn())
  createdAt!: Date;

  @Column(instantColumn({ nullable: true }))
  lastSignInAt!: Date | null;
}
