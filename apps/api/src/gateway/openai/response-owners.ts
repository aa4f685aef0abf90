import type { Actor } from '../../auth/actor.js';
import { AppError } from '../../errors.js';
import { ExpiringCache } from '../../lib/expiring-cache.js';
import { Audience } from '../../models/audience.js';
import { shortened } from '../routing/unknown-model.js';

/** Where a response was made. */
export interface ResponseOwner {
  readonly connectionId: string;
  /** The public name that was asked for. */
  readonly model: string;
}

const KEPT = { limit: 20_000, lifetimeMs: 30 * 24 * 60 * 60_000 };

/**
 * Which connection made which response of the Responses API: only that endpoint knows it. Some endpoints count their
 * ids up, so an id counts for the person only who had it made.
 */
export class ResponseOwners {
  readonly #owners = new ExpiringCache<ResponseOwner>(KEPT);

  remember(actor: Actor, responseId: string, owner: ResponseOwner): void {
    this.#owners.set(keyOf(actor, responseId), owner);
  }

  /** Null where nobody knows: made long ago, before a restart, by another process or for somebody else. */
  find(actor: Actor, responseId: string): ResponseOwner | null {
    const owner = this.#owners.get(keyOf(actor, responseId));
    return owner !== undefined && Audience.of(actor).allows(owner.model) ? owner : null;
  }
}

/** For a request about one response. */
export const responseNotFound = (responseId: string): AppError =>
  new AppError(
    'NOT_FOUND',
    `The response "${shortened(responseId)}" is not known here, or its endpoint is not available.`,
  );

/** For a request that goes on from one. Official clients would send a 409 three times. */
export const previousResponseNotFound = (responseId: string): AppError =>
  new AppError(
    'PREVIOUS_RESPONSE_NOT_FOUND',
    `The previous response "${shortened(responseId)}" is not known here, or its endpoint is not available. Send the whole conversation instead.`,
    { field: 'previous_response_id' },
  );

const keyOf = (actor: Actor, responseId: string): string => `${'userId' in actor ? actor.userId : ''} ${responseId}`;
