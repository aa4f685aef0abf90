import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ConnectionStatus } from '../../connections/health/connection-health.entity.js';
import { instantColumn, json, text, whole } from '../../database/columns.js';

/** Half an hour of a connection's health; a bar of its day strip. */
@Entity('health_bucket')
export class HealthBucket {
  @PrimaryColumn(text())
  connectionId!: string;

  /** Start of the half hour. */
  @PrimaryColumn(instantColumn())
  from!: Date;

  @Column(text({ nullable: true }))
  worst!: ConnectionStatus | null;

  /** Milliseconds spent ONLINE or DEGRADED. */
  @Column(whole())
  upMs!: number;

  /** Milliseconds spent neither UNKNOWN nor DISABLED. */
  @Column(whole())
  knownMs!: number;

  /** Latencies of the successful checks in it, a bounded number of them. */
  @Column(json())
  latencies!: readonly number[];
}
