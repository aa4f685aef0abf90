import { Column, Entity, PrimaryColumn } from 'typeorm';
import { integer, text, whole } from '../database/columns.js';

/** The one row whose lock makes the order of numbers the order of commits. */
@Entity('ledger')
export class LedgerRow {
  @PrimaryColumn(integer())
  id!: number;

  /** Last number given, to an event or an audit entry. */
  @Column(whole())
  seq!: number;

  /** Number of the last audit entry, 0 before the first. */
  @Column(whole())
  auditSeq!: number;

  /** Hash of the last audit entry. */
  @Column(text())
  auditHead!: string;

  /** Names this installation in cursors, so that one from elsewhere is known as foreign. */
  @Column(text())
  installation!: string;
}
