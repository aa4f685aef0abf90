import DataLoader from 'dataloader';
import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { notFound } from '../../errors.js';
import { User } from '../people/user.entity.js';
import type { UserService } from '../people/user.service.js';
import { RequireAccess, type RequestContext } from '../request-context.js';
import { ApiToken } from './api-token.entity.js';
import type { ApiTokenService } from './api-token.service.js';
import { CreateApiTokenInput, CreatedApiToken } from './api-token.types.js';

@Resolver(() => ApiToken)
export class ApiTokenResolver {
  constructor(
    private readonly tokens: ApiTokenService,
    private readonly users: UserService,
  ) {}

  @RequireAccess('SIGNED_IN')
  @Query(() => [ApiToken], {
    description:
      'One’s own API tokens, newest first: of a person all, of a token itself and those made by it; with TOKENS_WRITE also those of others.',
  })
  apiTokens(
    @Arg('ownerId', () => ID, { nullable: true, description: 'Whose tokens; left out: one’s own.' })
    ownerId: string | null,
    @Ctx() context: RequestContext,
  ): Promise<ApiToken[]> {
    return this.tokens.list(context.actor, ownerId ?? null);
  }

  @FieldResolver(() => User, { description: 'Whose token it is: it may do what its owner may do, at most.' })
  async owner(@Root() token: ApiToken, @Ctx() context: RequestContext): Promise<User> {
    const owner = await context.once(this.#ownerLoader).load(token.ownerId);
    if (owner === null) throw notFound('The owner of this token');
    return owner;
  }

  @RequireAccess('SIGNED_IN')
  @Mutation(() => CreatedApiToken, {
    description:
      'Makes an API token within one’s own scopes. A _WRITE scope needs a fresh person; ownerId needs TOKENS_WRITE.',
  })
  createApiToken(
    @Arg('input', () => CreateApiTokenInput, { description: 'The token to make.' }) input: CreateApiTokenInput,
    @Ctx() context: RequestContext,
  ): Promise<CreatedApiToken> {
    return this.tokens.create(context.actor, input);
  }

  @RequireAccess('SIGNED_IN')
  @Mutation(() => ID, {
    description:
      'Revokes an API token and those made by it, at once, and gives its id: one’s own, of a token itself and those made by it, with TOKENS_WRITE also those of others.',
  })
  async revokeApiToken(
    @Arg('id', () => ID, { description: 'The token to revoke.' }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<string> {
    await this.tokens.revoke(context.actor, id);
    return id;
  }

  // One function for the life of the resolver: `once` keeps one loader a request for it.
  readonly #ownerLoader = () => new DataLoader((ids: readonly string[]) => this.users.findMany(ids));
}
