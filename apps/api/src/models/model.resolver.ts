import { Arg, Ctx, ID, Int, Mutation, Query, Resolver } from 'type-graphql';
import type { ModelCapability } from '@intrallm/providers';
import { RequireAccess, type RequestContext } from '../auth/request-context.js';
import { ModelFilterInput } from './model-input.types.js';
import type { ModelService } from './model.service.js';
import { ListedModel, ModelCapabilityEnum, ServedModel } from './model.types.js';

@Resolver(() => ListedModel)
export class ModelResolver {
  constructor(private readonly service: ModelService) {}

  @RequireAccess('MODELS_READ')
  @Query(() => [ListedModel], {
    description:
      'The models, by name, then id. Without first all of them, refused (QUERY_TOO_EXPENSIVE) where more than 5,000 match. ' +
      'Needs MODELS_READ.',
  })
  models(
    @Arg('filter', () => ModelFilterInput, { nullable: true, description: 'Which ones.' })
    filter: ModelFilterInput | null,
    @Arg('first', () => Int, { nullable: true, description: 'How many, from 1 to 5,000.' }) first: number | null,
    @Arg('after', () => ID, { nullable: true, description: 'The id of the last one seen.' }) after: string | null,
    @Ctx() { actor }: RequestContext,
  ): Promise<ListedModel[]> {
    return this.service.list(actor, filter ?? {}, { first, after });
  }

  @RequireAccess('MODELS_READ')
  @Query(() => ListedModel, { nullable: true, description: 'One model; null where there is none. Needs MODELS_READ.' })
  model(
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
    @Ctx() { actor }: RequestContext,
  ): Promise<ListedModel | null> {
    return this.service.find(actor, id);
  }

  @RequireAccess('MODELS_READ')
  @Query(() => Int, { description: 'The length of models under the same filter. Needs MODELS_READ.' })
  modelCount(
    @Arg('filter', () => ModelFilterInput, { nullable: true, description: 'Which ones.' })
    filter: ModelFilterInput | null,
    @Ctx() { actor }: RequestContext,
  ): Promise<number> {
    return this.service.count(actor, filter ?? {});
  }

  @RequireAccess('MODELS_READ')
  @Query(() => [ServedModel], {
    description:
      'The names that requests may use, in order. Without first all of them, refused (QUERY_TOO_EXPENSIVE) where more than ' +
      '5,000 match. Needs MODELS_READ.',
  })
  servedModels(
    @Arg('search', () => String, { nullable: true, description: 'With this text in the name, whatever its case.' })
    search: string | null,
    @Arg('names', () => [String], { nullable: true, description: 'Among these names; at most 1,000.' })
    names: string[] | null,
    @Arg('available', () => Boolean, { nullable: true, description: 'Available now, or not.' })
    available: boolean | null,
    @Arg('first', () => Int, { nullable: true, description: 'How many, from 1 to 5,000.' }) first: number | null,
    @Arg('after', () => String, { nullable: true, description: 'The last name seen.' }) after: string | null,
    @Ctx() { actor }: RequestContext,
  ): Promise<ServedModel[]> {
    return this.service.served(actor, { search, names, available }, { first, after });
  }

  @RequireAccess('CONNECTIONS_WRITE')
  @Mutation(() => ListedModel, {
    description: 'Sets what a model can do; null: back to what its endpoint states. Needs CONNECTIONS_WRITE.',
  })
  setModelCapabilities(
    @Arg('id', () => ID, { description: 'Which model.' }) id: string,
    @Arg('capabilities', () => [ModelCapabilityEnum], { nullable: true, description: 'What it can do.' })
    capabilities: ModelCapability[] | null,
    @Ctx() { actor }: RequestContext,
  ): Promise<ListedModel> {
    return this.service.setCapabilities(actor, id, capabilities ?? null);
  }
}
