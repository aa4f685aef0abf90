import type { Database } from '../../database/database.js';
import { AppError } from '../../errors.js';
import type { Logger } from '../../log/logger.js';
import type { Origin, PersonActor } from '../actor.js';
import { isTooLong } from '../people/account-input.js';
import type { User } from '../people/user.entity.js';
import { Session } from '../sessions/session.entity.js';
import type { AttemptThrottle } from './attempt-throttle.js';
import type { DeviceNotes, ShownNotes } from './device-notes.js';
import type { Passwords } from './passwords.js';

export interface PasswordCheckOptions {
  readonly database: Database;
  readonly passwords: Passwords;
  readonly throttle: AttemptThrottle;
  readonly devices: DeviceNotes;
  readonly logger: Logger;
  /** Counts wrong passwords and refusals; by default nobody does. */
  readonly onFailure?: (reason: 'wrong_password' | 'throttled') => void;
}

/** A password that somebody gives for an account. */
interface Attempt {
  /** What the tries are counted by. */
  readonly account: string;
  readonly user: User | null;
  readonly password: string;
  readonly from: PersonActor | (Origin & { readonly deviceNotes?: ShownNotes });
  /** What is said where it is wrong. */
  readonly complaint: string;
}

/** Checks passwords under the limits of `AttemptThrottle`, and says in the log and to the counters which were wrong. */
export class PasswordCheck {
  constructor(private readonly options: PasswordCheckOptions) {}

  /** Throws INVALID_CREDENTIALS for a wrong password, and RATE_LIMITED after too many of them. */
  async require({ account, user, password, from, complaint }: Attempt): Promise<void> {
    const { throttle, passwords, devices, logger, onFailure } = this.options;
    const log = { userId: user?.id ?? null, ip: from.ip, requestId: from.requestId };
    try {
      const wasHere = await this.#wasHere(user, from);
      const device = 'sessionId' in from ? null : devices.deviceOf(user, from.deviceNotes ?? null);
      const check = async (): Promise<true | null> => {
        const given = isTooLong(password) ? '' : password;
        const stranger = wasHere || device !== null ? null : (from.ip ?? 'unknown');
        return (await passwords.matches(user?.passwordHash ?? null, given, stranger)) ? true : null;
      };
      const matched = await throttle.attempt(account, from.ip, check, { wasHere, device });
      if (matched === true) return;
    } catch (error) {
      if (error instanceof AppError && error.code === 'RATE_LIMITED') {
        onFailure?.('throttled');
        logger.warn(log, 'too many wrong passwords');
      }
      throw error;
    }
    onFailure?.('wrong_password');
    logger.warn(log, 'wrong password');
    throw new AppError('INVALID_CREDENTIALS', complaint);
  }

  /** Whether the person has a session that was opened from this address, or is signed in right now. */
  async #wasHere(user: User | null, from: Origin | PersonActor): Promise<boolean> {
    if ('sessionId' in from) return true;
    if (from.ip === null) return false;
    // Asked for people who do not exist, too: how long it takes must not tell them apart.
    return this.options.database.read.existsBy(Session, { userId: user?.id ?? '', ip: from.ip });
  }
}
