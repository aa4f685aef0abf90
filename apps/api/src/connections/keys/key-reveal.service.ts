import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { auditActor, authorize, requireFresh, type Actor } from '../../auth/actor.js';
import type { Database } from '../../database/database.js';
import { AppError, notFound, unavailable } from '../../errors.js';
import { targetOf } from '../connection-store.js';
import type { ConnectionService } from '../connection.service.js';
import type { RevealedKey } from '../connection.types.js';
import type { EndpointOpener } from '../endpoint/endpoint-opener.js';

const REVEALS_PER_MINUTE = 20;

interface Options {
  readonly database: Database;
  readonly connections: Pick<ConnectionService, 'get'>;
  readonly opener: EndpointOpener;
}

/** Shows a key in plain text to a person who proved a moment ago to be themselves. */
export class KeyRevealService {
  readonly #limiter = new RateLimiterMemory({ points: REVEALS_PER_MINUTE, duration: 60 });

  constructor(private readonly options: Options) {}

  /**
   * Gives the key once its audit entry is committed. A key from the environment is revealed like a stored one. Throws
   * REAUTH_REQUIRED, FORBIDDEN for tokens, RATE_LIMITED after 20 a minute and person, NOT_FOUND without a key, and
   * UNAVAILABLE where it cannot be opened.
   */
  async reveal(actor: Actor, id: string): Promise<RevealedKey> {
    authorize(actor, { needs: 'KEYS_REVEAL', fresh: true });
    const person = requireFresh(actor);
    await this.#limit(person.userId);
    const connection = await this.options.connections.get(id);
    const key = await this.options.opener.openKey(connection);
    if (key === null) throw notFound('A key of this connection');
    if (key.state === 'UNREADABLE') {
      throw unavailable(
        'The key cannot be opened: it was sealed under another master key, or altered in the database. Enter the key again.',
      );
    }
    const { value } = key;
    return this.options.database.write(async (write) => {
      const entry = { actor: auditActor(actor), target: targetOf(connection), changes: [] };
      write.audit({ action: 'connection.keyRevealed', ...entry });
      return { connectionId: id, apiKey: value, revealedAt: write.now };
    });
  }

  async #limit(userId: string): Promise<void> {
    try {
      await this.#limiter.consume(userId);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      // The limiter reckons with the time of day; its window ends by a timer, whatever that is set to.
      const retryAfterMs = Math.min(Math.max(1, Math.ceil(refusal.msBeforeNext)), 60_000);
      throw new AppError('RATE_LIMITED', 'Too many keys were revealed. Wait a moment.', { retryAfterMs });
    }
  }
}
