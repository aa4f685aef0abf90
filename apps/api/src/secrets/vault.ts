import { In, type EntityManager } from 'typeorm';
import type { Database, Reader } from '../database/database.js';
import type { Logger } from '../log/logger.js';
import { KeyCanary } from './key-canary.entity.js';
import { UnreadableSecretError, type SecretBox } from './secret-box.js';
import { Secret } from './secret.entity.js';

/** Where a secret belongs. A value sealed for one place does not open for another. */
export interface SecretPlace {
  readonly connectionId: string;
  /** `apiKey`, or `header:` and the header's name in lower case. */
  readonly slot: string;
  /** scheme://host:port of the connection's URL. */
  readonly origin: string;
}

/** A secret opened for use, or the fact that it cannot be opened here. */
export type OpenedSecret = { readonly state: 'STORED'; readonly value: string } | { readonly state: 'UNREADABLE' };

const CANARY = 'intrallm canary';
const canaryContext = (keyId: string) => ['canary', keyId];

/** The only code that seals secrets into the database and opens them again. */
export class Vault {
  constructor(private readonly box: SecretBox) {}

  /** Stores or replaces the secret of that slot. */
  async put(manager: EntityManager, place: SecretPlace, value: string, now: Date): Promise<void> {
    const sealed = this.box.seal(value, contextOf(place));
    await manager.upsert(Secret, { ...place, ...sealed, sealedAt: now }, ['connectionId', 'slot']);
  }

  /** Removes the named slots, or with null every secret of the connection. */
  async remove(manager: EntityManager, connectionId: string, slots: readonly string[] | null): Promise<void> {
    await manager.delete(Secret, { connectionId, ...(slots === null ? {} : { slot: In([...slots]) }) });
  }

  /** The sealed rows of these connections; they hold no plain text. */
  async list(reader: Pick<Reader, 'findBy'>, connectionIds: readonly string[]): Promise<Secret[]> {
    return connectionIds.length === 0 ? [] : reader.findBy(Secret, { connectionId: In([...connectionIds]) });
  }

  /** Whether a sealed row opens for the place that it says it belongs to. */
  isReadable(secret: Secret): boolean {
    return this.open(secret, secret.origin).state === 'STORED';
  }

  /** Opens a sealed row for the origin it is about to be used at. */
  open(secret: Secret, origin: string): OpenedSecret {
    try {
      const place = { connectionId: secret.connectionId, slot: secret.slot, origin };
      return { state: 'STORED', value: this.box.open(secret, contextOf(place)) };
    } catch (error) {
      if (error instanceof UnreadableSecretError) return { state: 'UNREADABLE' };
      throw error;
    }
  }

  /**
   * Run once at start. Adds the canary of a key that seals here for the first time, and warns where secrets were sealed
   * under a key that is missing now, or where a canary does not open although its key is here. Nothing is overwritten
   * and nothing keeps the server from starting: connections whose secrets do not open say that the key must be entered
   * again.
   */
  async checkKeys(database: Database, logger: Logger): Promise<void> {
    const canaries = await database.read.find(KeyCanary);
    const missing = canaries.filter((canary) => !this.box.has(canary.keyId));
    const altered = canaries.filter((canary) => this.box.has(canary.keyId) && !this.#opens(canary));
    if (altered.length > 0) {
      logger.warn(
        { keyIds: altered.map((canary) => canary.keyId) },
        'what was sealed to recognise the master key was altered in the database; secrets may have been altered too, and their connections then say that the key must be entered again',
      );
    }
    if (!canaries.some((canary) => canary.keyId === this.box.keyId)) {
      const canary = this.box.seal(CANARY, canaryContext(this.box.keyId));
      await database.write(({ manager }) => manager.insert(KeyCanary, canary));
    }
    if (missing.length === 0) return;
    const keyIds = missing.map((canary) => canary.keyId);
    const unreadable = await database.read.countBy(Secret, { keyId: In(keyIds) });
    logger.warn(
      { missingKeyIds: keyIds, unreadableSecrets: unreadable },
      'secrets were stored under a master key that this server does not have; put that key back, or enter the keys again',
    );
  }

  #opens(canary: KeyCanary): boolean {
    try {
      return this.box.open(canary, canaryContext(canary.keyId)) === CANARY;
    } catch (error) {
      if (error instanceof UnreadableSecretError) return false;
      throw error;
    }
  }
}

const contextOf = (place: SecretPlace) => [place.connectionId, place.slot, place.origin];
