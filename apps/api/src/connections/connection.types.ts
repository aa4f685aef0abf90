import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { ENDPOINT_KINDS, kindSpec, type AuthScheme, type EndpointKind } from '@intrallm/providers';
import { DateTime } from '../lib/date-time.js';

/** What an administrator's switch and the checks make of a connection. */
export type ConnectionStatus = 'UNKNOWN' | 'ONLINE' | 'DEGRADED' | 'OFFLINE' | 'UNAUTHORIZED' | 'DISABLED';
export type ManagedBy = 'ADMIN' | 'ENVIRONMENT' | 'FILE';
export type KeyState = 'NONE' | 'STORED' | 'UNREADABLE';

export const ConnectionKindEnum = Object.fromEntries(ENDPOINT_KINDS.map((kind) => [kind, kind])) as {
  readonly [kind in EndpointKind]: kind;
};

registerEnumType(ConnectionKindEnum, {
  name: 'ConnectionKind',
  description: 'Which API an endpoint speaks.',
  valuesConfig: Object.fromEntries(ENDPOINT_KINDS.map((kind) => [kind, { description: kindSpec(kind).description }])),
});

export const ConnectionStatusEnum: { readonly [status in ConnectionStatus]: status } = {
  UNKNOWN: 'UNKNOWN',
  ONLINE: 'ONLINE',
  DEGRADED: 'DEGRADED',
  OFFLINE: 'OFFLINE',
  UNAUTHORIZED: 'UNAUTHORIZED',
  DISABLED: 'DISABLED',
};

registerEnumType(ConnectionStatusEnum, {
  name: 'ConnectionStatus',
  description: 'How a connection is. The status follows the endpoint; only DISABLED is the choice of an administrator.',
  valuesConfig: {
    UNKNOWN: { description: 'It is enabled and not checked yet.' },
    ONLINE: { description: 'It answers, and its catalogue was read.' },
    DEGRADED: {
      description: 'It answers, but something is off: slow, still loading, no model list, part of the list unreadable.',
    },
    OFFLINE: { description: 'It does not answer, or answers nonsense.' },
    UNAUTHORIZED: { description: 'It answers 401 or 403, to a check or to live traffic: the key is missing or wrong.' },
    DISABLED: { description: 'An administrator switched it off.' },
  },
});

export const AuthSchemeEnum: { readonly [scheme in AuthScheme]: scheme } = {
  NONE: 'NONE',
  BEARER: 'BEARER',
  API_KEY: 'API_KEY',
  X_API_KEY: 'X_API_KEY',
  BASIC: 'BASIC',
};

registerEnumType(AuthSchemeEnum, {
  name: 'AuthScheme',
  description: 'How the key travels to the endpoint.',
  valuesConfig: {
    NONE: { description: 'No key is sent.' },
    BEARER: { description: 'In the header Authorization, as Bearer.' },
    API_KEY: { description: 'In the header api-key.' },
    X_API_KEY: { description: 'In the header x-api-key.' },
    BASIC: { description: 'In the header Authorization, as Basic; the key is user:password.' },
  },
});

export const ManagedByEnum: { readonly [by in ManagedBy]: by } = {
  ADMIN: 'ADMIN',
  ENVIRONMENT: 'ENVIRONMENT',
  FILE: 'FILE',
};

registerEnumType(ManagedByEnum, {
  name: 'ManagedBy',
  description:
    'Who decides about a connection. What is not ADMIN can be toggled but not edited or removed (code MANAGED).',
  valuesConfig: {
    ADMIN: { description: 'Administrators, here.' },
    ENVIRONMENT: { description: 'The environment variables of the server.' },
    FILE: { description: 'A settings file of the server. No connection has this value yet: it is reserved.' },
  },
});

export const KeyStateEnum: { readonly [state in KeyState]: state } = {
  NONE: 'NONE',
  STORED: 'STORED',
  UNREADABLE: 'UNREADABLE',
};

registerEnumType(KeyStateEnum, {
  name: 'KeyState',
  description: 'Whether there is a key and it can be used.',
  valuesConfig: {
    NONE: { description: 'There is no key.' },
    STORED: { description: 'There is a key and it can be used.' },
    UNREADABLE: { description: 'It was sealed under a master key that this server lacks: enter it again.' },
  },
});

/** An extra header of a connection. The value of a secret one is sealed elsewhere and null here. */
@ObjectType('Header', {
  description: 'An extra header that is sent with every request to the endpoint.',
  simpleResolvers: true,
})
export class StoredHeader {
  @Field(() => String, { description: 'Its name, as it was given.' })
  readonly name!: string;

  @Field(() => String, { nullable: true, description: 'Its value; null where it is secret.' })
  readonly value!: string | null;

  @Field(() => Boolean, { description: 'Whether the value is kept secret.' })
  readonly secret!: boolean;
}

@ObjectType('ModelAlias', { description: 'Another public name for a model of the endpoint.', simpleResolvers: true })
export class ModelAlias {
  @Field(() => String, { description: 'The id under which the endpoint knows the model.' })
  readonly upstreamId!: string;

  @Field(() => String, { description: 'The public name; a prefix of the connection comes in front of it.' })
  readonly name!: string;
}

@ObjectType('RevealedKey', {
  description: 'The key of a connection in plain text, for a person who asked for it.',
  simpleResolvers: true,
})
export class RevealedKey {
  @Field(() => ID, { description: 'The connection it belongs to.' })
  connectionId!: string;

  @Field(() => String, { description: 'The key.' })
  apiKey!: string;

  @Field(() => DateTime, { description: 'When it was revealed; the audit log has the same instant.' })
  revealedAt!: Date;
}
