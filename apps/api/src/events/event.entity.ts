import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { instantColumn, json, text, whole } from '../database/columns.js';

/**
 * One announcement. `seq` is the order of commits, shared with the audit log: what stands between two is an entry
 * there.
 */
@Entity('event')
@Index('event_connection', ['connectionId', 'seq'])
export class Event {
  @PrimaryColumn(whole())
  seq!: number;

  @Column(instantColumn())
  @Index('event_at')
  at!: Date;

  @Column(text())
  type!: string;

  /** Null where it is about no connection. No foreign key: the announcement outlives the connection. */
  @Column(text({ nullable: true }))
  connectionId!: string | null;

  @Column(json())
  payload!: Record<string, unknown>;
}
