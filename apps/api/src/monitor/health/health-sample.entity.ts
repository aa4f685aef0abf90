import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Problem } from '@intrallm/providers';
import type { ConnectionStatus } from '../../connections/health/connection-health.entity.js';
import { instantColumn, json, real, text } from '../../database/columns.js';

/** One finished check; the last 120 of a connection are kept. */
@Entity('health_sample')
@Index('health_sample_connection', ['connectionId', 'at'])
export class HealthSample {
  @PrimaryColumn(text())
  id!: string;

  @Column(text())
  connectionId!: string;

  @Column(instantColumn())
  at!: Date;

  @Column(text())
  status!: ConnectionStatus;

  @Column(real({ nullable: true }))
  latencyMs!: number | null;

  @Column(json({ nullable: true }))
  problem!: Problem | null;
}
