import { Column, Entity, PrimaryColumn } from 'typeorm';
import { integer, text, whole } from '../../database/columns.js';
import type { Grain } from '../grains.js';
import { FIRST_BYTE_COLUMNS } from '../usage-columns.js';

/**
 * What one caller asked of one model through one connection within a minute, a quarter of an hour or a day: sums that
 * are only ever added to. Ids are '' where there is none.
 */
@Entity('usage_total')
export class UsageTotal {
  @PrimaryColumn(text())
  grain!: Grain;

  /**
   * When the minute, quarter of an hour or day of UTC begins that the requests ended in: minutes since 1970. A number,
   * so that the database can tell which hour or day of a time zone that belongs to.
   */
  @PrimaryColumn(integer())
  minute!: number;

  /** '': nobody answered. */
  @PrimaryColumn(text())
  connectionId!: string;

  /** The public name; '': not one that is served, or not read. */
  @PrimaryColumn(text())
  model!: string;

  @PrimaryColumn(text())
  userId!: string;

  /** '': a person who signed in. */
  @PrimaryColumn(text())
  tokenId!: string;

  @Column(integer())
  complete!: number;

  @Column(integer())
  upstreamErrors!: number;

  @Column(integer())
  truncated!: number;

  @Column(integer())
  clientAborts!: number;

  @Column(integer())
  rejected!: number;

  @Column(whole())
  promptTokens!: number;

  /** Requests whose answer told `promptTokens`: where none did, the number is unknown and not 0. */
  @Column(integer())
  promptReports!: number;

  @Column(whole())
  completionTokens!: number;

  @Column(integer())
  completionReports!: number;

  /** Answers that told neither. */
  @Column(integer())
  uncounted!: number;

  /** Of all requests together, from when each was read to its end. */
  @Column(whole())
  totalMs!: number;
}

// Counts of first-byte times, one column for each bound.
for (const name of FIRST_BYTE_COLUMNS) Column(integer())(UsageTotal.prototype, name);
