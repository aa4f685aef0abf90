import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { EndpointKind } from '@intrallm/providers';
import { ConnectionKindEnum, ConnectionStatusEnum, type ConnectionStatus } from '../../connections/connection.types.js';
import { ProblemType } from '../../connections/health/problem.types.js';
import { DateTime } from '../../lib/date-time.js';
import type { StatusEventKind } from './status-event.js';

const StatusEventKindEnum: { readonly [kind in StatusEventKind]: kind } = {
  SNAPSHOT: 'SNAPSHOT',
  CHECKPOINT: 'CHECKPOINT',
  CHANGED: 'CHANGED',
  REMOVED: 'REMOVED',
};

registerEnumType(StatusEventKindEnum, {
  name: 'StatusEventKind',
  description: 'What an event of the status stream tells.',
  valuesConfig: {
    SNAPSHOT: { description: 'A connection as it stands.' },
    CHECKPOINT: {
      description: 'Nothing happened; the cursor is good to go on from, and after the snapshots: they are complete.',
    },
    CHANGED: {
      description: 'Status, problem code, model count or configuration of a connection changed, or it is new.',
    },
    REMOVED: { description: 'A connection was removed.' },
  },
});

@ObjectType('ConnectionStatusEvent', {
  description: 'What happened to a connection, with its state right after.',
  simpleResolvers: true,
})
export class ConnectionStatusEvent {
  @Field(() => StatusEventKindEnum, { description: 'What this event tells.' })
  kind!: StatusEventKind;

  @Field(() => String, { nullable: true, description: 'Where to go on after this event; null on SNAPSHOT.' })
  cursor!: string | null;

  @Field(() => DateTime, { description: 'When it happened; of a snapshot, when it was taken.' })
  at!: Date;

  @Field(() => ID, { nullable: true, description: 'The connection; null on CHECKPOINT, as all that follows.' })
  connectionId!: string | null;

  @Field(() => String, { nullable: true, description: 'Its name.' })
  connectionName!: string | null;

  @Field(() => ConnectionKindEnum, { nullable: true, description: 'Its kind.' })
  connectionKind!: EndpointKind | null;

  @Field(() => [String], { nullable: true, description: 'Its tags.' })
  tags!: readonly string[] | null;

  @Field(() => ConnectionStatusEnum, {
    nullable: true,
    description: 'Its status before; null on SNAPSHOT and for a new connection.',
  })
  previous!: ConnectionStatus | null;

  @Field(() => ConnectionStatusEnum, { nullable: true, description: 'Its status; null when removed.' })
  status!: ConnectionStatus | null;

  @Field(() => DateTime, { nullable: true, description: 'When it took this status.' })
  since!: Date | null;

  @Field(() => Int, { nullable: true, description: 'Number of its models, without vanished ones.' })
  modelCount!: number | null;

  @Field(() => Float, { nullable: true, description: 'Latency of the last successful check, in milliseconds.' })
  latencyMs!: number | null;

  @Field(() => ProblemType, { nullable: true, description: 'What is wrong, where something is.' })
  problem!: ProblemType | null;
}
