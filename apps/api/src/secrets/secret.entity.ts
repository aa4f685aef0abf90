import { Column, Entity, PrimaryColumn } from 'typeorm';
import { instantColumn, text } from '../database/columns.js';

/** A sealed value of a connection. An entity of its own, without GraphQL decorators, so that no slip can publish it. */
@Entity('secret')
export class Secret {
  @PrimaryColumn(text())
  connectionId!: string;

  /** `apiKey`, or `header:` and the header's name in lower case. */
  @PrimaryColumn(text())
  slot!: string;

  /** scheme://host:port it may be sent to; bound to the ciphertext. */
  @Column(text())
  origin!: string;

  @Column(text())
  keyId!: string;

  @Column(text())
  box!: string;

  @Column(instantColumn())
  sealedAt!: Date;
}
