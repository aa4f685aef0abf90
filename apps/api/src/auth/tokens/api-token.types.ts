import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { DateTime } from '../../lib/date-time.js';
import { ScopeEnum } from '../people/account.types.js';
import type { Scope } from '../scope.js';
import type { NewApiToken } from './api-token-input.js';
import { ApiToken } from './api-token.entity.js';

@ObjectType('CreatedApiToken', { description: 'An API token just made.', simpleResolvers: true })
export class CreatedApiToken {
  @Field(() => String, { description: 'The token itself, shown this once.' })
  token!: string;

  @Field(() => ApiToken, { description: 'What is kept of it.' })
  apiToken!: ApiToken;
}

@InputType('CreateApiTokenInput', {
  description:
    'An API token to make. A token made by a token expires no later than it and is revoked with it. Removing or demoting a person revokes at once.',
})
export class CreateApiTokenInput implements NewApiToken {
  @Field(() => String, { description: 'What to call it, at most 100 characters.' })
  name!: string;

  @Field(() => [ScopeEnum], {
    description: 'What it is for, within what one may do oneself. A _WRITE scope needs a fresh person.',
  })
  scopes!: Scope[];

  @Field(() => DateTime, { nullable: true, description: 'When it ends by itself; left out: never.' })
  expiresAt?: Date | null;

  @Field(() => ID, { nullable: true, description: 'Who owns it, for those with TOKENS_WRITE; left out: oneself.' })
  ownerId?: string | null;

  @Field(() => [String], {
    nullable: true,
    description: 'Public model names it may use, * at the end as wildcard; empty or left out: all.',
  })
  modelAllowlist?: string[] | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Requests to models that it may start in a minute; left out: no limit.',
  })
  requestsPerMinute?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Requests to models that it may have under way; left out: no limit.',
  })
  maxInFlight?: number | null;
}
