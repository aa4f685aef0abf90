import { Field, ID, InputType } from 'type-graphql';
import type { EndpointKind, ModelCapability } from '@intrallm/providers';
import { ConnectionKindEnum } from '../connections/connection.types.js';
import type { ModelFilter } from './model-query.js';
import { ModelCapabilityEnum } from './model.types.js';

@InputType('ModelFilter', { description: 'Which models are meant; what is left out does not narrow.' })
export class ModelFilterInput implements ModelFilter {
  @Field(() => [ID], { nullable: true, description: 'Of these connections; an empty list means none.' })
  connectionIds?: string[] | null;

  @Field(() => ConnectionKindEnum, { nullable: true, description: 'Of connections of this kind.' })
  kind?: EndpointKind | null;

  @Field(() => ModelCapabilityEnum, {
    nullable: true,
    description: 'With this capability. Models of unknown capabilities pass unless capabilityUnknown is false.',
  })
  capability?: ModelCapability | null;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: true,
    description: 'Whether models of unknown capabilities pass a capability.',
  })
  capabilityUnknown?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: 'Available now, or not.' })
  available?: boolean | null;

  @Field(() => String, { nullable: true, description: 'With this text in name or upstream id, whatever its case.' })
  search?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: 'With those of disabled connections; for those with CONNECTIONS_READ.',
  })
  includeDisabled?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: 'With those that vanished from their endpoint.',
  })
  includeVanished?: boolean | null;
}
