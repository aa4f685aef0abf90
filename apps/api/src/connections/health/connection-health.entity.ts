import { Field, Float, ObjectType } from 'type-graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Problem, StageResult } from '@intrallm/providers';
import { instantColumn, integer, json, real, text } from '../../database/columns.js';
import { DateTime } from '../../lib/date-time.js';
import { ConnectionStatusEnum, type ConnectionStatus } from '../connection.types.js';
import { ProblemType, StageResultType } from './problem.types.js';

export type { ConnectionStatus } from '../connection.types.js';

/** What is known of an endpoint's health. One row a connection, apart from its configuration. */
@ObjectType('ConnectionHealth', { description: 'What is known of the health of a connection.', simpleResolvers: true })
@Entity('connection_health')
export class ConnectionHealth {
  @PrimaryColumn(text())
  connectionId!: string;

  @Field(() => ConnectionStatusEnum, { description: 'How the connection is.' })
  @Column(text())
  status!: ConnectionStatus;

  @Field(() => DateTime, { description: 'When it took this status.' })
  @Column(instantColumn())
  since!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When the last finished check ended.' })
  @Column(instantColumn({ nullable: true }))
  checkedAt!: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When the next check is due; null while the connection is disabled.',
  })
  @Column(instantColumn({ nullable: true }))
  nextCheckAt!: Date | null;

  @Field(() => Float, {
    nullable: true,
    description: 'How long the last successful check took to answer, in milliseconds.',
  })
  @Column(real({ nullable: true }))
  latencyMs!: number | null;

  @Field(() => ProblemType, { nullable: true, description: 'What is wrong, where something is.' })
  @Column(json({ nullable: true }))
  problem!: Problem | null;

  /** Failed checks in a row. */
  @Column(integer())
  failures!: number;

  @Field(() => String, { nullable: true, description: 'What the endpoint says it runs, where it does.' })
  @Column(text({ nullable: true }))
  serverVersion!: string | null;

  @Field(() => [StageResultType], {
    description: 'The steps of the last finished check, in order; empty before the first one.',
  })
  @Column(json())
  stages!: readonly StageResult[];

  /** Revision of the endpoint that all this was seen at. */
  @Column(integer())
  endpointRevision!: number;
}
