import { Field, ID, InputType, Int } from 'type-graphql';
import type { AuthScheme, EndpointKind } from '@intrallm/providers';
import type { ConnectionFilter } from './connection-list.js';
import {
  AuthSchemeEnum,
  ConnectionKindEnum,
  ConnectionStatusEnum,
  type ConnectionStatus,
  type ModelAlias,
} from './connection.types.js';
import { SETTINGS, type AddConnection, type UpdateConnection } from './settings/connection-settings.js';
import type { HeaderInput } from './settings/header-input.js';
import type { VerifyConnection } from './verification/verification.service.js';

@InputType('ConnectionFilter', { description: 'Which connections are meant; what is left out does not narrow.' })
export class ConnectionFilterInput implements ConnectionFilter {
  @Field(() => ConnectionKindEnum, { nullable: true, description: 'Of this kind.' })
  kind?: EndpointKind | null;

  @Field(() => [ConnectionStatusEnum], { nullable: true, description: 'With one of these states.' })
  status?: ConnectionStatus[] | null;

  @Field(() => Boolean, { nullable: true, description: 'Switched on, or switched off.' })
  enabled?: boolean | null;

  @Field(() => String, { nullable: true, description: 'With this tag.' })
  tag?: string | null;

  @Field(() => String, { nullable: true, description: 'In this pool.' })
  pool?: string | null;

  @Field(() => String, { nullable: true, description: 'With this text in name or URL, whatever its case.' })
  search?: string | null;
}

@InputType('HeaderInput', { description: 'An extra header for every request to the endpoint.' })
export class HeaderInputType implements HeaderInput {
  @Field(() => String, { description: 'Its name. Names that the connection sets by itself are refused.' })
  name!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Its value. A secret header without one keeps the stored value of that name.',
  })
  value?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: true,
    description:
      'Whether the value is kept secret. Authorization headers and names with key, token or secret in them are secret whatever is said.',
  })
  secret?: boolean | null;
}

@InputType('ModelAliasInput', { description: 'Another public name for a model of the endpoint.' })
class ModelAliasInputType implements ModelAlias {
  @Field(() => String, { description: 'The id under which the endpoint knows the model.' })
  upstreamId!: string;

  @Field(() => String, { description: 'The public name; a prefix of the connection comes in front of it.' })
  name!: string;
}

@InputType({ description: 'Settings that are the same when adding and when updating.' })
class ConnectionSettingsInput {
  @Field(() => AuthSchemeEnum, {
    nullable: true,
    description: 'How the key travels to the endpoint. By default BEARER with a key, NONE without.',
  })
  auth?: AuthScheme | null;

  @Field(() => [HeaderInputType], { nullable: true, description: 'Extra headers; they replace the list.' })
  headers?: HeaderInputType[] | null;

  @Field(() => String, { nullable: true, description: 'Public model names become "<prefix>/<upstream id>".' })
  modelPrefix?: string | null;

  @Field(() => [String], {
    nullable: true,
    description: 'Upstream ids to show, with * at the end as wildcard; empty: all.',
  })
  modelAllowlist?: string[] | null;

  @Field(() => [String], {
    nullable: true,
    description: 'Upstream ids that are served although the endpoint does not list them.',
  })
  declaredModels?: string[] | null;

  @Field(() => [ModelAliasInputType], { nullable: true, description: 'Public names for upstream ids.' })
  modelAliases?: ModelAliasInputType[] | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether streams are asked for token counts.' })
  countStreamTokens?: boolean | null;

  @Field(() => String, { nullable: true, description: 'Requests fail over only within one pool.' })
  pool?: string | null;

  @Field(() => [String], { nullable: true, description: 'Words to find and group connections by.' })
  tags?: string[] | null;

  @Field(() => Int, { nullable: true, description: 'Most requests at the same time; null: no limit.' })
  maxInFlight?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'How long to wait for the first byte of an answer, in milliseconds.',
  })
  firstByteTimeoutMs?: number | null;

  @Field(() => Int, { nullable: true, description: 'How long an answer may pause, in milliseconds.' })
  idleTimeoutMs?: number | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether callers may say how long an Ollama instance keeps a model in memory (keep_alive). By default not.',
  })
  allowKeepAlive?: boolean | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'The longest context in tokens that callers may ask an Ollama instance for (num_ctx); null: that of the model, where it is known.',
  })
  maxContextLength?: number | null;
}

@InputType('AddConnectionInput', { description: 'An endpoint to link.' })
export class AddConnectionInputType extends ConnectionSettingsInput implements AddConnection {
  @Field(() => ConnectionKindEnum, { description: 'Which API the endpoint speaks; fixed for life.' })
  kind!: EndpointKind;

  @Field(() => String, { description: 'Its base URL. A user and password in it are moved into Basic authentication.' })
  url!: string;

  @Field(() => String, { nullable: true, description: 'A unique name. By default the host and port of the URL.' })
  name?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The key; with BASIC it is user:password. What was pasted around it, such as "Bearer" or a header name, is taken off.',
  })
  apiKey?: string | null;

  @Field(() => Boolean, { nullable: true, defaultValue: true, description: 'Whether it is switched on.' })
  enabled?: boolean | null;

  @Field(() => Int, {
    nullable: true,
    defaultValue: SETTINGS.priority.default,
    description: 'The lower one is tried first.',
  })
  priority?: number | null;

  @Field(() => Int, {
    nullable: true,
    defaultValue: SETTINGS.weight.default,
    description: 'The share among connections of the same priority.',
  })
  weight?: number | null;
}

@InputType('UpdateConnectionInput', {
  description:
    'What is left out stays as it is. Null: the key stays too, the name goes back to its default, a list becomes empty, an ' +
    'optional value becomes unset, anything else is BAD_USER_INPUT. When the URL changes by more than a trailing /v1, a stored ' +
    'key or secret header must be given again (code SECRET_REQUIRED).',
})
export class UpdateConnectionInputType extends ConnectionSettingsInput implements UpdateConnection {
  @Field(() => Int, { nullable: true, description: 'When given and stale: code CONFLICT, with currentVersion.' })
  version?: number | null;

  @Field(() => String, { nullable: true, description: 'The base URL.' })
  url?: string | null;

  @Field(() => String, { nullable: true, description: 'A unique name; null: back to its default.' })
  name?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether it is switched on.' })
  enabled?: boolean | null;

  @Field(() => String, { nullable: true, description: 'A new key. An empty one, and a mask, are refused.' })
  apiKey?: string | null;

  @Field(() => Boolean, { nullable: true, defaultValue: false, description: 'Removes the stored key.' })
  removeApiKey?: boolean | null;

  @Field(() => Int, { nullable: true, description: 'The lower one is tried first.' })
  priority?: number | null;

  @Field(() => Int, { nullable: true, description: 'The share among connections of the same priority.' })
  weight?: number | null;
}

@InputType('VerifyConnectionInput', {
  description: 'A trial before saving. With an id the stored secrets of that connection serve, at the same place only.',
})
export class VerifyConnectionInputType implements VerifyConnection {
  @Field(() => ID, { nullable: true, description: 'The connection whose stored secrets serve where none are given.' })
  id?: string | null;

  @Field(() => ConnectionKindEnum, { description: 'Which API the endpoint is expected to speak.' })
  kind!: EndpointKind;

  @Field(() => String, { description: 'The base URL to try.' })
  url!: string;

  @Field(() => String, { nullable: true, description: 'The key to try.' })
  apiKey?: string | null;

  @Field(() => AuthSchemeEnum, { nullable: true, description: 'How the key travels.' })
  auth?: AuthScheme | null;

  @Field(() => [HeaderInputType], { nullable: true, description: 'Extra headers for the trial.' })
  headers?: HeaderInputType[] | null;
}
