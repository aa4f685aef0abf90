import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { instantColumn, text } from '../database/columns.js';

/** A signed-in browser. The cookie's value is stored as a hash alone. */
@Entity('session')
export class Session {
  @PrimaryColumn(text())
  id!: string;

  @Column(text())
  @Index('session_token_hash', { unique: true })
  tokenHash!: string;

  @Column(text())
  @Index('session_user')
  userId!: string;

  @Column(instantColumn())
  createdAt!: Date;

  /** When the password was last given: at sign-in or reauthentication. */
  @Column(instantColumn())
  authenticatedAt!: Date;

  /** Written at most once a minute. */
  @Column(instantColumn())
  lastUsedAt!: Date;

  /** The end whatever happens; it ends earlier when idle. */
  @Column(instantColumn())
  expiresAt!: Date;

  @Column(text({ nullable: true }))
  ip!: string | null;

  @Column(text({ nullable: true }))
  userAgent!: string | null;
}
