import type { AuthScheme, EndpointKind } from '@intrallm/providers';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { flag, instantColumn, integer, json, text } from '../database/columns.js';

export type ManagedBy = 'ADMIN' | 'ENVIRONMENT' | 'FILE';

/** An extra header of a connection. The value of a secret one is sealed elsewhere and null here. */
export interface StoredHeader {
  readonly name: string;
  readonly value: string | null;
  readonly secret: boolean;
}

export interface ModelAlias {
  readonly upstreamId: string;
  readonly name: string;
}

/** One linked endpoint: its configuration, never its health and never a secret. */
@Entity('connection')
export class Connection {
  @PrimaryColumn(text())
  id!: string;

  @Column(text())
  kind!: EndpointKind;

  @Column(text())
  name!: string;

  /** The name folded for comparison; unique among connections that are not removed. */
  @Column(text())
  @Index('connection_name_key', { unique: true, where: '"removedAt" IS NULL' })
  nameKey!: string;

  /** The name follows the URL until somebody gives one. */
  @Column(flag())
  nameIsDefault!: boolean;

  @Column(text())
  url!: string;

  @Column(flag())
  enabled!: boolean;

  @Column(text())
  auth!: AuthScheme;

  @Column(json())
  headers!: readonly StoredHeader[];

  /** Mask and last characters; null without a key. */
  @Column(text({ nullable: true }))
  apiKeyPreview!: string | null;

  @Column(text({ nullable: true }))
  modelPrefix!: string | null;

  @Column(json())
  modelAllowlist!: readonly string[];

  @Column(json())
  declaredModels!: readonly string[];

  @Column(json())
  modelAliases!: readonly ModelAlias[];

  @Column(flag())
  countStreamTokens!: boolean;

  @Column(text())
  pool!: string;

  @Column(json())
  tags!: readonly string[];

  @Column(integer())
  priority!: number;

  @Column(integer())
  weight!: number;

  @Column(integer({ nullable: true }))
  maxInFlight!: number | null;

  @Column(integer({ nullable: true }))
  firstByteTimeoutMs!: number | null;

  @Column(integer({ nullable: true }))
  idleTimeoutMs!: number | null;

  @Column(text())
  managedBy!: ManagedBy;

  /** Of a connection that is not an admin's: kind, URL and occurrence, by which the settings find it again. */
  @Column(text({ nullable: true }))
  managedKey!: string | null;

  /** Grows with every change of configuration, not of health. */
  @Column(integer())
  version!: number;

  /** Grows with URL, key, auth or headers; a check's result for another one is dropped. */
  @Column(integer())
  endpointRevision!: number;

  @Column(instantColumn())
  createdAt!: Date;

  @Column(instantColumn())
  updatedAt!: Date;

  /** Out of sight since then; its secrets are destroyed 60 s later. */
  @Column(instantColumn({ nullable: true }))
  removedAt!: Date | null;
}
