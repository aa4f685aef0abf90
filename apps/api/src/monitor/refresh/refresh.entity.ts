import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { flag, instantColumn, integer, json, text } from '../../database/columns.js';

/** A refresh that somebody asked for: kept, so that it outlives the process that makes its checks. */
@Entity('refresh')
export class Refresh {
  @PrimaryColumn(text())
  id!: string;

  /** What is to be checked; empty once it has ended. */
  @Column(json())
  connectionIds!: readonly string[];

  @Column(integer())
  total!: number;

  /** As it was last written down: a few seconds old while it runs. */
  @Column(integer())
  done!: number;

  @Column(integer())
  failed!: number;

  @Column(instantColumn())
  @Index('refresh_started')
  startedAt!: Date;

  @Column(instantColumn({ nullable: true }))
  finishedAt!: Date | null;

  @Column(flag())
  cancelled!: boolean;

  /** Whoever runs it renews this; once it is past, nobody does. */
  @Column(instantColumn())
  heldUntil!: Date;
}
