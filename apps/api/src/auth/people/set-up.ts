import { timingSafeEqual } from 'node:crypto';
import { ConfigError, type Config } from '../../config.js';
import type { Database } from '../../database/database.js';
import type { Write } from '../../database/write.js';
import { AppError } from '../../errors.js';
import type { Logger } from '../../log/logger.js';
import { system } from '../actor.js';
import { openSession, type Client, type OpenedSession } from '../sessions/session.service.js';
import type { DeviceNotes } from '../sign-in/device-notes.js';
import type { Passwords } from '../sign-in/passwords.js';
import { generateToken, hashToken } from '../tokens/secret-token.js';
import { checkNewUser } from './account-input.js';
import { lockAccounts } from './account-lock.js';
import { User } from './user.entity.js';
import { insertUser, newUser, recordCreated } from './user.service.js';

export interface SetUpOptions {
  readonly database: Database;
  readonly passwords: Passwords;
  readonly devices: DeviceNotes;
  readonly logger: Logger;
  readonly firstAdmin: Config['firstAdmin'];
}

/** How an installation without people gets its first administrator: from the settings, or by a link in the log. */
export class SetUp {
  /** Kept for as long as this process may need it, as a hash alone. */
  #tokenHash: string | null = null;
  #hasUsers = false;

  constructor(private readonly options: SetUpOptions) {}

  /** Whether somebody still has to set up the installation. */
  async isNeeded(): Promise<boolean> {
    // The last admin stays one, so there is no way back.
    if (!this.#hasUsers) this.#hasUsers = await this.options.database.read.exists(User);
    return !this.#hasUsers;
  }

  /**
   * While no user exists: creates the admin of the settings, or prints a link with a new one-time token, and gives it.
   * Call it once the address is known, on every start.
   */
  async begin(publicUrl: string): Promise<string | null> {
    await this.createFromSettings();
    if (!(await this.isNeeded())) return null;
    const token = generateToken();
    this.#tokenHash = hashToken(token);
    const link = `${publicUrl}/set-up#${token}`;
    this.options.logger.info(`Nobody has an account yet. Create the first administrator at ${link}`);
    return link;
  }

  /**
   * While no user exists: creates the admin of the settings, where they name one. Throws ConfigError where they cannot
   * be used.
   */
  async createFromSettings(): Promise<void> {
    const { firstAdmin } = this.options;
    if (firstAdmin === null) return;
    const checked = checkSettings(firstAdmin);
    if (await this.isNeeded()) await this.#create(checked);
  }

  /**
   * Creates the first administrator and signs in. It works once: of two at the same time one wins. Throws CONFLICT when
   * somebody exists already, INVALID_CREDENTIALS for another token, BAD_USER_INPUT naming name, email or password.
   */
  async complete(
    input: { token: string; name: string; email: string; password: string },
    client: Client,
  ): Promise<OpenedSession> {
    if (!(await this.isNeeded())) throw alreadyDone();
    this.#requireToken(input.token);
    const checked = checkNewUser({ ...input, role: 'ADMIN' });
    const passwordHash = await this.options.passwords.hash(input.password);
    const opened = await this.options.database.write(async (write) => {
      await requireNobody(write);
      const user = newUser({ ...checked, role: 'ADMIN', passwordHash }, write.now);
      await insertUser(write, user);
      const session = await openSession(write, user, client, this.options.devices);
      recordCreated(write, session.actor, user);
      return session;
    });
    this.#tokenHash = null;
    return opened;
  }

  async #create({ password, ...checked }: { name: string; email: string; password: string }): Promise<void> {
    const passwordHash = await this.options.passwords.hash(password);
    await this.options.database.write(async (write) => {
      await lockAccounts(write);
      // Another process with the same settings may have come first.
      if (await write.manager.exists(User)) return;
      const user = newUser({ ...checked, role: 'ADMIN', passwordHash }, write.now);
      await insertUser(write, user);
      recordCreated(write, system('settings'), user);
    });
    this.options.logger.info('The first administrator was created from the settings.');
  }

  #requireToken(token: string): void {
    const given = Buffer.from(hashToken(token));
    const expected = this.#tokenHash === null ? null : Buffer.from(this.#tokenHash);
    if (expected === null || !timingSafeEqual(given, expected)) {
      throw new AppError(
        'INVALID_CREDENTIALS',
        'This set-up link is not valid. The newest one stands in the log of the server.',
      );
    }
  }
}

/** By the rules that hold for everybody else. */
function checkSettings({ email, password }: { email: string; password: string }) {
  try {
    return { ...checkNewUser({ name: 'Administrator', email, password, role: 'ADMIN' }), password };
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    const variable = cause.details.field === 'email' ? 'INTRALLM_ADMIN_EMAIL' : 'INTRALLM_ADMIN_PASSWORD';
    throw new ConfigError(variable, cause.message, { cause });
  }
}

async function requireNobody(write: Write): Promise<void> {
  await lockAccounts(write);
  if (await write.manager.exists(User)) throw alreadyDone();
}

const alreadyDone = () => new AppError('CONFLICT', 'This installation is set up already. Sign in.');
