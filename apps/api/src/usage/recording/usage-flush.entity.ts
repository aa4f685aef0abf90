import { Column, Entity, PrimaryColumn } from 'typeorm';
import { instantColumn, text, whole } from '../../database/columns.js';

/**
 * The last batch that a running process stored. A commit can succeed although its answer is lost; the next try finds
 * the number here and adds nothing twice.
 */
@Entity('usage_flush')
export class UsageFlush {
  /** Made anew with every start of a process. */
  @PrimaryColumn(text())
  recorderId!: string;

  @Column(whole())
  batch!: number;

  @Column(instantColumn())
  at!: Date;
}
