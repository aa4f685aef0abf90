import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { ModelCapability } from '@intrallm/providers';
import { DateTime } from '../lib/date-time.js';

export const ModelCapabilityEnum: { readonly [capability in ModelCapability]: capability } = {
  CHAT: 'CHAT',
  COMPLETION: 'COMPLETION',
  EMBEDDING: 'EMBEDDING',
  VISION: 'VISION',
  TOOLS: 'TOOLS',
  THINKING: 'THINKING',
  AUDIO: 'AUDIO',
  IMAGE: 'IMAGE',
  RERANK: 'RERANK',
};

registerEnumType(ModelCapabilityEnum, {
  name: 'ModelCapability',
  description: 'What a model can do.',
  valuesConfig: {
    CHAT: { description: 'It answers in a conversation.' },
    COMPLETION: { description: 'It continues a text.' },
    EMBEDDING: { description: 'It turns text into vectors.' },
    VISION: { description: 'It understands images.' },
    TOOLS: { description: 'It calls tools.' },
    THINKING: { description: 'It reasons before it answers.' },
    AUDIO: { description: 'It understands or makes sound.' },
    IMAGE: { description: 'It makes images.' },
    RERANK: { description: 'It puts documents into an order of relevance.' },
  },
});

/** A model as it is shown: what was discovered, under its public name, with what its connection makes of it. */
@ObjectType('Model', { description: 'One model of one connection.', simpleResolvers: true })
export class ListedModel {
  @Field(() => ID, { description: 'Opaque; stable across discoveries.' })
  id!: string;

  connectionId!: string;

  /** The pool of its connection. */
  pool!: string;

  @Field(() => String, {
    description: 'Its public name: the upstream id, behind the prefix of its connection if that has one.',
  })
  name!: string;

  @Field(() => String, { description: 'The id under which its endpoint knows it.' })
  upstreamId!: string;

  @Field(() => String, { nullable: true, description: 'Who made or serves it, as the endpoint says.' })
  ownedBy!: string | null;

  @Field(() => [ModelCapabilityEnum], {
    nullable: true,
    description: 'What the endpoint states or an administrator set, never guessed from a name; null: not known.',
  })
  capabilities!: readonly ModelCapability[] | null;

  @Field(() => Int, { nullable: true, description: 'The effective context in tokens, where the endpoint tells it.' })
  contextLength!: number | null;

  @Field(() => String, { nullable: true, description: 'The family of models it belongs to.' })
  family!: string | null;

  @Field(() => String, { nullable: true, description: 'How many parameters it has, as the endpoint writes it.' })
  parameterSize!: string | null;

  @Field(() => String, { nullable: true, description: 'How its weights are stored, as the endpoint writes it.' })
  quantization!: string | null;

  @Field(() => Float, { nullable: true, description: 'How large it is at its endpoint, in bytes.' })
  sizeBytes!: number | null;

  @Field(() => Boolean, { nullable: true, description: 'Of an Ollama instance: whether it is in memory now.' })
  loaded!: boolean | null;

  @Field(() => Boolean, {
    description:
      'Whether its connection is enabled and ONLINE or DEGRADED, and it was in the last catalogue that was read.',
  })
  available!: boolean;

  @Field(() => DateTime, { description: 'When it was discovered first.' })
  firstSeenAt!: Date;

  @Field(() => DateTime, { description: 'When it was discovered last, to the hour.' })
  lastSeenAt!: Date;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Since when it is gone from the list of its endpoint; it is forgotten 30 days later.',
  })
  vanishedAt!: Date | null;

  /** When it took its name. */
  namedAt!: Date;
}

/** One public name with the models behind it: those of the pool that had the name first. */
@ObjectType('ServedModel', {
  description:
    'One name that a chat request may use, whichever connections serve it. Same name, same pool: one of these.',
  simpleResolvers: true,
})
export class ServedModel {
  @Field(() => String, { description: 'The public name.' })
  name!: string;

  pool!: string;

  @Field(() => Boolean, { description: 'Whether one of its models is available.' })
  available!: boolean;

  @Field(() => [ModelCapabilityEnum], {
    nullable: true,
    description: 'Everything that one of its models can do; null: not known of any.',
  })
  capabilities!: readonly ModelCapability[] | null;

  @Field(() => Int, { nullable: true, description: 'The smallest context among its models, where known.' })
  contextLength!: number | null;

  @Field(() => [ListedModel], { description: 'The models behind the name.' })
  models!: readonly ListedModel[];
}
