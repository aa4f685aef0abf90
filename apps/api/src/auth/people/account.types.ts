import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime } from '../../lib/date-time.js';
import { SCOPES, type Role, type Scope } from '../scope.js';

export const RoleEnum: { readonly [role in Role]: role } = { ADMIN: 'ADMIN', MEMBER: 'MEMBER' };

registerEnumType(RoleEnum, {
  name: 'Role',
  description: 'What a person is in this workspace.',
  valuesConfig: {
    ADMIN: { description: 'Has all scopes.' },
    MEMBER: { description: 'Has the scopes MODELS_READ and CHAT.' },
  },
});

export const ScopeEnum = Object.fromEntries(SCOPES.map((scope) => [scope, scope])) as {
  readonly [scope in Scope]: scope;
};

registerEnumType(ScopeEnum, {
  name: 'Scope',
  description:
    'What an API token may do. A signed-in person has the scopes of the role: ADMIN all of them; MEMBER MODELS_READ and CHAT.',
  valuesConfig: {
    CONNECTIONS_READ: { description: 'See connections with their headers and key previews.' },
    CONNECTIONS_WRITE: {
      description: 'Add, change, check and remove connections, and manage the models of an Ollama instance.',
    },
    KEYS_REVEAL: { description: 'Reveal the key of a connection. It belongs to people: no token can have it.' },
    MODELS_READ: { description: 'See models.' },
    CHAT: { description: 'Use models, and see one’s own usage.' },
    STATUS_READ: { description: 'See names, kinds, tags and states of connections only.' },
    USERS_WRITE: { description: 'See, create, change and remove people.' },
    TOKENS_WRITE: { description: 'Manage the API tokens of others.' },
    AUDIT_READ: { description: 'Read and verify the audit log.' },
    USAGE_READ: { description: 'See the usage of everybody.' },
  },
});

@ObjectType('Instance', { description: 'This installation, as anybody may know it.', simpleResolvers: true })
export class Instance {
  @Field(() => Boolean, { description: 'Whether nobody has an account yet, so that setUp works.' })
  needsSetUp!: boolean;

  @Field(() => Boolean, { description: 'Whether people can sign in with e-mail and password.' })
  passwordSignIn!: boolean;

  @Field(() => String, { nullable: true, description: 'Where to sign in elsewhere; null where that is not set up.' })
  singleSignOnUrl!: string | null;

  @Field(() => String, { nullable: true, description: 'The version of the server, for those who are signed in.' })
  version!: string | null;
}

@ObjectType('Viewer', { description: 'Who is asking: a person, or the owner of the API token.', simpleResolvers: true })
export class Viewer {
  @Field(() => ID, { description: 'The id of the person.' })
  id!: string;

  @Field(() => String, { description: 'The name of the person.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'The e-mail address of the person.' })
  email!: string | null;

  @Field(() => RoleEnum, { description: 'The role of the person, now.' })
  role!: Role;

  @Field(() => [ScopeEnum], { description: 'What this credential may do, now.' })
  scopes!: Scope[];
}

@ObjectType('Reauthentication', { description: 'What became of giving the password again.', simpleResolvers: true })
export class Reauthentication {
  @Field(() => DateTime, { nullable: true, description: 'Until when operations that need a fresh person work.' })
  validUntil!: Date | null;

  @Field(() => String, { nullable: true, description: 'Where to go on, for those who sign in elsewhere.' })
  continueAt!: string | null;
}
