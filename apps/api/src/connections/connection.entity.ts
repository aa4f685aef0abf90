import { Field, ID, Int, ObjectType } from 'type-graphql';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { AuthScheme, EndpointKind } from '@intrallm/providers';
import { flag, instantColumn, integer, json, text } from '../database/columns.js';
import { DateTime } from '../lib/date-time.js';
import {
  AuthSchemeEnum,
  ConnectionKindEnum,
  ManagedByEnum,
  ModelAlias,
  StoredHeader,
  type ManagedBy,
} from './connection.types.js';

export type { ManagedBy } from './connection.types.js';
export { ModelAlias, StoredHeader } from './connection.types.js';

/** One linked endpoint: its configuration, never its health and never a secret. */
@ObjectType('Connection', { description: 'A linked endpoint.', simpleResolvers: true })
@Entity('connection')
export class Connection {
  @Field(() => ID, { description: 'Opaque, and never used twice.' })
  @PrimaryColumn(text())
  id!: string;

  @Field(() => ConnectionKindEnum, { description: 'Which API the endpoint speaks; fixed for life.' })
  @Column(text())
  kind!: EndpointKind;

  @Field(() => String, {
    description: 'Unique; by default the host and port of the URL, with " (2)" when that is taken.',
  })
  @Column(text())
  name!: string;

  /** The name folded for comparison; unique among connections that are not removed. */
  @Column(text())
  @Index('connection_name_key', { unique: true, where: '"removedAt" IS NULL' })
  nameKey!: string;

  /** The name follows the URL until somebody gives one. */
  @Column(flag())
  nameIsDefault!: boolean;

  @Field(() => String, { description: 'The normalised base URL: http or https, without user, query and fragment.' })
  @Column(text())
  url!: string;

  @Field(() => Boolean, { description: 'The switch of the administrators.' })
  @Column(flag())
  enabled!: boolean;

  @Field(() => AuthSchemeEnum, { description: 'How the key travels to the endpoint.' })
  @Column(text())
  auth!: AuthScheme;

  @Field(() => [StoredHeader], { description: 'Extra headers that are sent with every request.' })
  @Column(json())
  headers!: readonly StoredHeader[];

  @Field(() => String, {
    nullable: true,
    description:
      'A mask and the last 4 characters of the key; the mask alone for a key under 12 characters and for BASIC; null without a key.',
  })
  @Column(text({ nullable: true }))
  apiKeyPreview!: string | null;

  @Field(() => String, { nullable: true, description: 'Public model names become "<prefix>/<upstream id>".' })
  @Column(text({ nullable: true }))
  modelPrefix!: string | null;

  @Field(() => [String], {
    description:
      'Upstream ids that are shown, with * at the end as wildcard; empty: all. It filters what is shown, not what is kept.',
  })
  @Column(json())
  modelAllowlist!: readonly string[];

  @Field(() => [String], { description: 'Upstream ids that are served although the endpoint does not list them.' })
  @Column(json())
  declaredModels!: readonly string[];

  @Field(() => [ModelAlias], {
    description: 'Public names for upstream ids, by which models of several connections become one.',
  })
  @Column(json())
  modelAliases!: readonly ModelAlias[];

  @Field(() => Boolean, {
    description:
      'Whether streams are asked for token counts, and the extra chunk is taken out again; off: streams pass untouched.',
  })
  @Column(flag())
  countStreamTokens!: boolean;

  @Field(() => String, { description: 'Requests fail over only within one pool; "" unless set.' })
  @Column(text())
  pool!: string;

  @Field(() => [String], { description: 'Words to find and group connections by.' })
  @Column(json())
  tags!: readonly string[];

  @Field(() => Int, { description: 'The lower one is tried first.' })
  @Column(integer())
  priority!: number;

  @Field(() => Int, { description: 'The share among connections of the same priority.' })
  @Column(integer())
  weight!: number;

  @Field(() => Int, { nullable: true, description: 'Most requests at the same time; null: no limit.' })
  @Column(integer({ nullable: true }))
  maxInFlight!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'How long to wait for the first byte of an answer, in milliseconds; null: the default of the server.',
  })
  @Column(integer({ nullable: true }))
  firstByteTimeoutMs!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'How long an answer may pause, in milliseconds; null: the default of the server.',
  })
  @Column(integer({ nullable: true }))
  idleTimeoutMs!: number | null;

  @Field(() => Boolean, {
    description: 'Whether callers may say how long an Ollama instance keeps a model in memory (keep_alive).',
  })
  @Column(flag())
  allowKeepAlive!: boolean;

  @Field(() => Int, {
    nullable: true,
    description:
      'The longest context in tokens that callers may ask an Ollama instance for (num_ctx); null: that of the model, where it is known.',
  })
  @Column(integer({ nullable: true }))
  maxContextLength!: number | null;

  @Field(() => ManagedByEnum, { description: 'Who decides about it.' })
  @Column(text())
  managedBy!: ManagedBy;

  /** Of a connection that is not an admin's: kind, URL and occurrence, by which the settings find it again. */
  @Column(text({ nullable: true }))
  @Index('connection_managed_key', { unique: true })
  managedKey!: string | null;

  /** Of a connection that left the settings: whether it was on until then. Null while the settings name it. */
  @Column(flag({ nullable: true }))
  enabledUntilGone!: boolean | null;

  @Field(() => Int, { description: 'Grows with every change of configuration, not of health.' })
  @Column(integer())
  version!: number;

  /** Grows with URL, key, auth or headers; a check's result for another one is dropped. */
  @Column(integer())
  endpointRevision!: number;

  @Field(() => DateTime, { description: 'When it was linked.' })
  @Column(instantColumn())
  createdAt!: Date;

  @Field(() => DateTime, { description: 'When its configuration changed last.' })
  @Column(instantColumn())
  updatedAt!: Date;

  /** Out of sight since then; its secrets are destroyed 60 s later. */
  @Column(instantColumn({ nullable: true }))
  removedAt!: Date | null;
}
