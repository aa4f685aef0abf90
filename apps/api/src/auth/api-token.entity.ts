import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { instantColumn, integer, json, text } from '../database/columns.js';
import type { Scope } from './scope.js';

/** A credential for programs: `ilm_…`, stored as a hash and its last four characters. */
@Entity('api_token')
export class ApiToken {
  @PrimaryColumn(text())
  id!: string;

  @Column(text())
  name!: string;

  @Column(text())
  @Index('api_token_hash', { unique: true })
  tokenHash!: string;

  @Column(text())
  preview!: string;

  @Column(text())
  @Index('api_token_owner')
  ownerId!: string;

  /** The token that made this one: it goes with it. */
  @Column(text({ nullable: true }))
  @Index('api_token_parent')
  parentId!: string | null;

  @Column(json())
  scopes!: readonly Scope[];

  @Column(json())
  modelAllowlist!: readonly string[];

  @Column(integer({ nullable: true }))
  requestsPerMinute!: number | null;

  @Column(integer({ nullable: true }))
  maxInFlight!: number | null;

  @Column(instantColumn())
  createdAt!: Date;

  @Column(instantColumn({ nullable: true }))
  expiresAt!: Date | null;

  /** Written at most every five minutes. */
  @Column(instantColumn({ nullable: true }))
  lastUsedAt!: Date | null;
}
