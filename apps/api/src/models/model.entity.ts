import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ModelCapability, ModelFile } from '@intrallm/providers';
import { flag, instantColumn, integer, json, real, text } from '../database/columns.js';

/** One model of one connection, from its first sighting until 30 days after its last. */
@Entity('model')
@Index('model_upstream_key', ['connectionId', 'upstreamId'], { unique: true })
@Index('model_name', ['name', 'id'])
export class Model {
  /** Stable across discoveries. */
  @PrimaryColumn(text())
  id!: string;

  @Column(text())
  connectionId!: string;

  @Column(text())
  upstreamId!: string;

  /** Public name: alias, else upstream id, behind the connection's prefix. Follows the connection's configuration. */
  @Column(text())
  name!: string;

  /** Passes the connection's allowlist; what does not is kept and not shown. */
  @Column(flag())
  listed!: boolean;

  @Column(text({ nullable: true }))
  ownedBy!: string | null;

  /** What the endpoint states; null where it says nothing. */
  @Column(json({ nullable: true }))
  statedCapabilities!: readonly ModelCapability[] | null;

  /** What an admin set instead; null: the endpoint's word counts. */
  @Column(json({ nullable: true }))
  setCapabilities!: readonly ModelCapability[] | null;

  @Column(integer({ nullable: true }))
  contextLength!: number | null;

  @Column(text({ nullable: true }))
  family!: string | null;

  @Column(text({ nullable: true }))
  parameterSize!: string | null;

  @Column(text({ nullable: true }))
  quantization!: string | null;

  @Column(real({ nullable: true }))
  sizeBytes!: number | null;

  @Column(flag({ nullable: true }))
  loaded!: boolean | null;

  /** Of an Ollama instance; null where it is none, or does not say. */
  @Column(json({ nullable: true }))
  file!: ModelFile | null;

  /** Served although the endpoint does not list it. */
  @Column(flag())
  declared!: boolean;

  /** Seen, or declared, at the place where the connection is now; false after a move until it is discovered there. */
  @Column(flag())
  confirmed!: boolean;

  /** When it took its public name: of two pools, the one that had a name first keeps it. */
  @Column(instantColumn())
  namedAt!: Date;

  @Column(instantColumn())
  firstSeenAt!: Date;

  /** Kept to the hour. */
  @Column(instantColumn())
  lastSeenAt!: Date;

  @Column(instantColumn({ nullable: true }))
  @Index('model_vanished')
  vanishedAt!: Date | null;
}
