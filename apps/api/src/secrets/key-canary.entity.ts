import { Column, Entity, PrimaryColumn } from 'typeorm';
import { text } from '../database/columns.js';

/** A known text sealed under each master key that ever sealed here: shows at start whether a key is the right one. */
@Entity('key_canary')
export class KeyCanary {
  @PrimaryColumn(text())
  keyId!: string;

  @Column(text())
  box!: string;
}
