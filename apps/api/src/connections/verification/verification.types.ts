import { Field, Float, Int, ObjectType } from 'type-graphql';
import type { EndpointKind, Suggestion } from '@intrallm/providers';
import { ConnectionKindEnum, ConnectionStatusEnum, type ConnectionStatus } from '../connection.types.js';
import { ProblemType, StageResultType } from '../health/problem.types.js';
import type { Verified } from './verification.service.js';

@ObjectType('Suggestion', { description: 'Another URL or kind that was tried, and answers.', simpleResolvers: true })
export class SuggestionType implements Suggestion {
  @Field(() => String, { description: 'The URL that answers.' })
  url!: string;

  @Field(() => ConnectionKindEnum, { description: 'The kind it is.' })
  kind!: EndpointKind;

  @Field(() => Int, { description: 'How many models it lists.' })
  modelCount!: number;

  @Field(() => String, { description: 'Why it is suggested.' })
  reason!: string;
}

@ObjectType('Verification', { description: 'What a trial of an endpoint showed.', simpleResolvers: true })
export class VerificationType implements Verified {
  @Field(() => Boolean, { description: 'Whether it works, perhaps with something to look at.' })
  ok!: boolean;

  @Field(() => ConnectionStatusEnum, { description: 'The status that a connection like this would take.' })
  status!: ConnectionStatus;

  @Field(() => Float, { nullable: true, description: 'How long the endpoint took to answer, in milliseconds.' })
  latencyMs!: number | null;

  @Field(() => [StageResultType], { description: 'All five steps, in order.' })
  stages!: StageResultType[];

  @Field(() => ProblemType, { nullable: true, description: 'What is wrong, where something is.' })
  problem!: ProblemType | null;

  @Field(() => ConnectionKindEnum, { nullable: true, description: 'The kind that the endpoint shows itself to be.' })
  detectedKind!: EndpointKind | null;

  @Field(() => SuggestionType, { nullable: true, description: 'Where another URL or kind would have worked.' })
  suggestion!: SuggestionType | null;

  @Field(() => [ProblemType], {
    description: 'What to look at: linked already, plain http with a key to a public address, and so on.',
  })
  warnings!: ProblemType[];

  @Field(() => [String], { description: 'The upstream ids that it lists.' })
  modelNames!: string[];

  @Field(() => [String], { description: 'Those of the names that the workspace serves already.' })
  sharedNames!: string[];
}
