import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { instantColumn, json, text, whole } from '../database/columns.js';

/** One announcement, in commit order: `seq` without gaps is the order in which subscribers get them. */
@Entity('event')
export class Event {
  @PrimaryColumn(whole())
  seq!: number;

  @Column(instantColumn())
  @Index('event_at')
  at!: Date;

  @Column(text())
  type!: string;

  /** No foreign key: the announcement outlives the connection. */
  @Column(text({ nullable: true }))
  connectionId!: string | null;

  @Column(json())
  payload!: Record<string, unknown>;
}
