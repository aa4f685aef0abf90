import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { instantColumn, json, text, whole } from '../database/columns.js';
import type { AuditChange } from '../database/write.js';

/** One line of the audit log, chained to the one before it. Never changed, removed by retention only. */
@Entity('audit_entry')
export class AuditEntry {
  @PrimaryColumn(whole())
  seq!: number;

  @Column(instantColumn())
  at!: Date;

  @Column(text())
  actor!: string;

  @Column(text({ nullable: true }))
  @Index('audit_entry_actor')
  actorId!: string | null;

  @Column(text())
  action!: string;

  @Column(text({ nullable: true }))
  target!: string | null;

  @Column(text({ nullable: true }))
  targetType!: string | null;

  @Column(text({ nullable: true }))
  @Index('audit_entry_target')
  targetId!: string | null;

  @Column(json())
  changes!: readonly AuditChange[];

  @Column(text({ nullable: true }))
  ip!: string | null;

  @Column(text({ nullable: true }))
  requestId!: string | null;

  /** Master key whose derived key made `hash`. */
  @Column(text())
  keyId!: string;

  @Column(text())
  previousHash!: string;

  @Column(text())
  hash!: string;
}
