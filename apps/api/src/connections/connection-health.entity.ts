import type { Problem, StageResult } from '@intrallm/providers';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { instantColumn, integer, json, real, text } from '../database/columns.js';

export type ConnectionStatus = 'UNKNOWN' | 'ONLINE' | 'DEGRADED' | 'OFFLINE' | 'UNAUTHORIZED' | 'DISABLED';

/** What is known of an endpoint's health. One row a connection, apart from its configuration. */
@Entity('connection_health')
export class ConnectionHealth {
  @PrimaryColumn(text())
  connectionId!: string;

  @Column(text())
  status!: ConnectionStatus;

  @Column(instantColumn())
  since!: Date;

  @Column(instantColumn({ nullable: true }))
  checkedAt!: Date | null;

  @Column(instantColumn({ nullable: true }))
  nextCheckAt!: Date | null;

  /** Of the last successful check. */
  @Column(real({ nullable: true }))
  latencyMs!: number | null;

  @Column(json({ nullable: true }))
  problem!: Problem | null;

  /** Failed checks in a row. */
  @Column(integer())
  failures!: number;

  @Column(text({ nullable: true }))
  serverVersion!: string | null;

  /** Stages of the last finished check. */
  @Column(json())
  stages!: readonly StageResult[];

  /** Revision of the endpoint that all this was seen at. */
  @Column(integer())
  endpointRevision!: number;
}
