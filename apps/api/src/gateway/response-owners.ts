import type { Actor } from '../auth/actor.js';
import { Remembered } from '../auth/remembered.js';
import { AppError } from '../errors.js';
import { Audience } from '../models/audience.js';
import { shortened } from './unknown-model.js';

/** Where a response was made. */
export interface ResponseOwner {
  readonly connectionId: string;
  /** The public name that was asked for. */
  readonly model: string;
}

const KEPT = { limit: 20_000, lifetimeMs: 30 * 24 * 60 * 60_000 };

/**
 * Which connection made which response of the Responses API: only that endpoint knows it. Some endpoints count their ids
 * up, so an id counts for the person only who had it made.
 */
export class ResponseOwners {
  readonly #owners = new Remembered<ResponseOwner>(KEPT);

  remember(actor: Actor, responseId: string, owner: ResponseOwner): void {
    this.#owners.set(keyOf(actor, responseId), owner);
  }

  /** Throws CONFLICT where nobody knows: made long ago, before a restart, by another process or for somebody else. */
  find(actor: Actor, responseId: string, field: string | null): ResponseOwner {
    const owner = this.#owners.get(keyOf(actor, responseId));
    if (owner !== undefined && Audience.of(actor).allows(owner.model)) return owner;
    throw new AppError(
      'CONFLICT',
      `It is not known any more which endpoint has the response "${shortened(responseId)}". Send the whole conversation instead.`,
      field === null ? {} : { field },
    );
  }
}

const keyOf = (actor: Actor, responseId: string): string => `${'userId' in actor ? actor.userId : ''} ${responseId}`;
